using System.Reflection;

namespace HrmGen.Compiler.Tests.Support;

/// <summary>Places that the project file tells the tests.</summary>
internal static class Repository
{
    /// <summary>The repository.</summary>
    public static string Root { get; } = Metadata("RepositoryRoot");

    /// <summary>The folder of the test project, where snapshots lie.</summary>
    public static string Tests { get; } = Metadata("ProjectDirectory");

    /// <summary>The SDK's own analyzers and their severities.</summary>
    public static string NetAnalyzers { get; } = Metadata("NetAnalyzers");

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
