namespace HrmGen;

/// <summary>
/// A failure that the user can mend: bad data, a bad file, a missing library. The message names the place and the fix.
/// </summary>
public class HrmGenException : Exception
{
    /// <summary>Creates the exception with a message that names the place and the fix.</summary>
    public HrmGenException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message that names the place and the fix, and the failure beneath it.</summary>
    public HrmGenException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
