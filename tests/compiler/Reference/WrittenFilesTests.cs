using HrmGen.Compiler.Language.Reference;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Reference;

/// <summary>
/// The schema and the reference are what the table of keys gives. To write them anew: <c>HRMGEN_ACCEPT=1 dotnet test tests/compiler --filter WrittenFiles</c>.
/// </summary>
public sealed class WrittenFilesTests
{
    private const string Hint = "differs from the table of keys; to write it anew: HRMGEN_ACCEPT=1 dotnet test tests/compiler --filter WrittenFiles";

    public static TheoryData<string> Files => ["hrm.schema.json", "README.md"];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_written_file_is_what_the_table_gives(string file)
    {
        var path = Path.Combine(Repository.Root, "specs", file);
        var held = File.Exists(path) ? File.ReadAllText(path) : "";
        var written = file == "README.md" ? ReferenceWriter.Splice(held) : SchemaWriter.Write();
        if (Environment.GetEnvironmentVariable("HRMGEN_ACCEPT") == "1")
        {
            File.WriteAllText(path, written);
            held = written;
        }

        Assert.True(held == written, $"specs/{file} {Hint}");
    }
}
