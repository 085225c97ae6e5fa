namespace HrmGen.Lab.Commands;

/// <summary>Where a command's text goes.</summary>
internal static class Outputs
{
    /// <summary>Writes to a file, or to standard output where none is named.</summary>
    /// <exception cref="HrmGenException">The file cannot be written.</exception>
    public static void Write(LabHost host, string? file, string text)
    {
        if (file is null)
        {
            host.Output.Write(text);
            return;
        }

        try
        {
            File.WriteAllText(file, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HrmGenException($"--out {file}: {e.Message.TrimEnd('.')}; name a file in a folder that exists and can be written", e);
        }

        host.Error.WriteLine($"written to {file}");
    }
}
