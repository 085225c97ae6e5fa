namespace HrmGen.Lab.Tests.Support;

/// <summary>The checkout that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    public static string Spec(string source) => Path.Combine(Root, "specs", source);

    private static string Find(DirectoryInfo? folder) => folder is null ? throw new InvalidOperationException("No HrmGen.sln above the tests")
        : File.Exists(Path.Combine(folder.FullName, "HrmGen.sln")) ? folder.FullName
        : Find(folder.Parent);
}
