namespace HrmGen.Tests.Data;

/// <summary>A folder for one test, deleted with it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private const string Memory = "/dev/shm";

    public string Path { get; private init; } = Directory.CreateTempSubdirectory("hrmgen-test-").FullName;

    /// <summary>A folder in memory where the system has one: for tests that write thousands of files.</summary>
    public static TemporaryFolder InMemory()
    {
        var folder = new TemporaryFolder();
        if (!Directory.Exists(Memory))
        {
            return folder;
        }

        folder.Dispose();
        return new TemporaryFolder { Path = Directory.CreateDirectory($"{Memory}/hrmgen-test-{Guid.NewGuid():N}").FullName };
    }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, byte[] bytes)
    {
        string path = File(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllBytes(path, bytes);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
