namespace HrmGen.Native;

/// <summary>
/// libtorch, or TorchSharp's shim over it, cannot be used in this process. The message says what was tried and what to change.
/// </summary>
public sealed class NativeLibraryException : HrmGenException
{
    /// <summary>Creates the exception with the reason and the fix.</summary>
    public NativeLibraryException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with the reason, the fix, and the failure beneath it.</summary>
    public NativeLibraryException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
