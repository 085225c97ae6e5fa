namespace HrmGen;

/// <summary>
/// A failure that the user of HrmGen caused and can repair: a wrong file, a wrong value, parts that do not fit together.
/// The message names the place first (file, tensor, key) and ends with what to do about it.
/// </summary>
public class HrmGenException : Exception
{
    /// <summary>A failure without further words; prefer the constructor that takes a message.</summary>
    public HrmGenException()
        : base("HrmGen could not continue.")
    {
    }

    /// <summary>A failure with a message that names the place and the fix.</summary>
    public HrmGenException(string message)
        : base(message)
    {
    }

    /// <summary>A failure with a message that names the place and the fix, and the exception that revealed it.</summary>
    public HrmGenException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
