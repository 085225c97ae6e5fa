namespace HrmGen.Lab.Tests.Support;

/// <summary>A folder of text files for one test.</summary>
public sealed class TextFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("hrmgen-lab-").FullName;

    /// <summary>Writes a file, and gives its path.</summary>
    public string Write(string name, string text)
    {
        var path = Under(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public string Under(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
