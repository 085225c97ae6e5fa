namespace HrmGen.Data.Builders;

/// <summary>Runs what writes to the disk, so that each way of failing is told in the same words.</summary>
internal static class OutputFile
{
    /// <exception cref="HrmGenException">The path is not usable, not writable, or the disk is full.</exception>
    public static void Guard(string path, Action action) => Guard(path, () =>
    {
        action();
        return 0;
    });

    /// <inheritdoc cref="Guard(string, Action)"/>
    public static T Guard<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new HrmGenException(
                $"{path}: cannot be written ({e.Message}). Check that the folder may be written to and the disk has room.", e);
        }
    }
}
