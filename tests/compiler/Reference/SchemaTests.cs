using System.Text.Json;
using HrmGen.Compiler.Tests.Support;
using Json.Schema;

namespace HrmGen.Compiler.Tests.Reference;

/// <summary><c>specs/hrm.schema.json</c>, judged by a validator that knows nothing of the compiler.</summary>
public sealed class SchemaTests
{
    private const string Whole = """
        hrmgen: 1
        name: Whole
        task: { vocab_size: 7, seq_len: 5 }
        block: { hidden_size: 16, num_heads: 2 }
        networks: { f: { layers: 1 } }
        recursion:
          latents: { z: {} }
          program: ["z = f(z + x)"]
          gradient: full
        heads: { logits: z }

        """;

    private const string Changed = "hrmgen: 1\nname: Changed\nextends: hrmgen:trm\n";

    private static readonly JsonSchema Schema = JsonSchema.FromFile(Path.Combine(Repository.Root, "specs", "hrm.schema.json"));

    public static TheoryData<string> SpecFiles => [.. Directory.EnumerateFiles(Repository.Root, "*.hrm.yaml", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(Repository.Root, f).Replace('\\', '/'))
        .Where(f => !f.Split('/').Any(p => p is "bin" or "obj" || p.StartsWith('.')))
        .Order(StringComparer.Ordinal)];

    internal static bool Accepts(string yaml) => Schema.Evaluate(Element(yaml)).IsValid;

    private static JsonElement Element(string yaml) => JsonSerializer.SerializeToElement(YamlAsJson.Read(yaml));

    private static string Why(string yaml) => string.Join("\n", Schema.Evaluate(Element(yaml), new EvaluationOptions { OutputFormat = OutputFormat.List })
        .Details!.Where(d => d.Errors is not null).SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation}: {e.Value}")));

    [Theory]
    [MemberData(nameof(SpecFiles))]
    public void Every_spec_of_the_repository_is_valid(string file)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, file));
        Assert.True(Accepts(text), Why(text));
    }

    [Fact]
    public void There_are_specs_of_every_kind()
    {
        var files = ((IEnumerable<object[]>)SpecFiles).Select(f => (string)f[0]).ToList();
        Assert.All(new[] { "specs/hrm/", "specs/trm/", "specs/bases/", "samples/", "tests/parity/cases/", "tests/runtime/", "generator/HrmGen.Compiler/Language/Presets/" },
            folder => Assert.Contains(files, f => f.StartsWith(folder, StringComparison.Ordinal)));
    }

    /// <summary>The first comment of a spec leads an editor to the schema.</summary>
    [Theory]
    [MemberData(nameof(SpecFiles))]
    public void A_comment_leads_to_the_schema(string file)
    {
        if (!file.StartsWith("specs/", StringComparison.Ordinal) && !file.StartsWith("samples/", StringComparison.Ordinal))
        {
            return;
        }

        const string start = "# yaml-language-server: $schema=";
        var first = File.ReadLines(Path.Combine(Repository.Root, file)).First();
        Assert.StartsWith(start, first, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Repository.Root, Path.GetDirectoryName(file)!, first[start.Length..])), first);
    }

    // Each form that the language has, which the schema must let pass as the compiler does.
    [Theory]
    [InlineData(Whole, "")]
    [InlineData(Changed, "")]
    [InlineData(Changed, "act: none\n")]
    [InlineData(Changed, "training: { ema: none, betas: [0.9, 0.99], groups: { f: { lr: 1, frozen: false } } }\n")]
    [InlineData(Changed, "recursion: { let: { T: { at: { 0: 1, .5: 2, 7.5e-1: 3 } } }, gradient: { last_updates: 3 } }\n")]
    [InlineData(Changed, "recursion: { let: { T: 2, n: T * 2 }, gradient: { fixed_point: { tolerance: 0.1, max_updates: 40 } } }\n")]
    [InlineData(Changed, "supervision: { loop: { per_batch: { stop: any } }, N_sup: { at: { 0: 1, 0.1: 4 } } }\n")]
    [InlineData(Changed, "supervision: { loop: per_batch }\n")]
    [InlineData(Changed, "data: { refill: queue }\n")]
    [InlineData(Changed, "act: { loss: { halt: { at: { 0: 0, 0.5: 1 } }, continue: { weight: 0.5, predict: next, label: raw, last_step: max } } }\n")]
    [InlineData(Changed, "act: { exploration: { probability: { at: { 0: 0.1, 0.9: 0 } }, draw: each_sample }, evaluate: { residual: 0.1 } }\n")]
    [InlineData(Changed, "block: { expansion: null }\n")]
    [InlineData("hrmgen: 1\nname: Base\nabstract: true\n", "block: { hidden_size: 8 }\n")]
    [InlineData("hrmgen: 1\nname: \"G{T}_{gradient}\"\nextends: hrmgen:trm\n", "matrix: { recursion.let.T: [1, 2], recursion.gradient: { A: full, B: { last_updates: 5 } } }\n")]
    public void Forms_of_the_language_are_valid(string start, string rest)
    {
        Assert.Empty(SpecCompiler.Compile(start + rest).Errors.Select(e => e.Message));
        Assert.True(Accepts(start + rest), Why(start + rest));
    }

    // Each refused by both, for the same reason.
    [Theory]
    [InlineData("name: X\nextends: hrmgen:trm\n", "HRM0011")]
    [InlineData("hrmgen: 2\nname: X\nextends: hrmgen:trm\n", "HRM0018")]
    [InlineData("hrmgen: 1\nextends: hrmgen:trm\n", "HRM0011")]
    [InlineData("hrmgen: 1\nname: 1X\nextends: hrmgen:trm\n", "HRM0015")]
    [InlineData("hrmgen: 1\nname: X{T}\nextends: hrmgen:trm\n", "HRM0015")]
    [InlineData("hrmgen: 1\nname: X\ntask: { vocab_size: 7, seq_len: 5 }\n", "HRM0011")]
    [InlineData(Changed + "blokc: { hidden_size: 8 }\n", "HRM0010")]
    [InlineData(Changed + "block: { hiden_size: 8 }\n", "HRM0010")]
    [InlineData(Changed + "block: { hidden_size: eight }\n", "HRM0012")]
    [InlineData(Changed + "block: { hidden_size: \"8\" }\n", "HRM0012")]
    [InlineData(Changed + "block: { hidden_size: 0 }\n", "HRM0013")]
    [InlineData(Changed + "block: { hidden_size: 8.5 }\n", "HRM0013")]
    [InlineData(Changed + "block: { expansion: 0 }\n", "HRM0013")]
    [InlineData(Changed + "block: { rms_norm_eps: 2 }\n", "HRM0013")]
    [InlineData(Changed + "block: { mixer: mpl }\n", "HRM0014")]
    [InlineData(Changed + "block: [1]\n", "HRM0012")]
    [InlineData(Changed + "networks: { \"f-g\": { layers: 1 } }\n", "HRM0015")]
    [InlineData(Changed + "recursion: { gradient: half }\n", "HRM0014")]
    [InlineData(Changed + "recursion: { gradient: { last_update: 2 } }\n", "HRM0010")]
    [InlineData(Changed + "recursion: { program: [] }\n", "HRM0026")]
    [InlineData(Changed + "recursion: { program: [{ repeat: 2, until: residual < 0.1 }] }\n", "HRM0026")]
    [InlineData(Changed + "recursion: { program: [{ repeat: 2, every: 2, do: [\"z_L = f(z_L + x)\"] }] }\n", "HRM0026")]
    [InlineData(Changed + "recursion: { program: [{ for: i in 1..2, until: residual < 0.1, do: [\"z_L = f(z_L + x)\"] }] }\n", "HRM0062")]
    [InlineData(Changed + "recursion: { program: [{ repeat: 2, unless: 1, do: [\"z_L = f(z_L + x)\"] }] }\n", "HRM0010")]
    [InlineData(Changed + "supervision: { N_sup: { at: { half: 2 } } }\n", "HRM0060")]
    [InlineData(Changed + "supervision: { N_sup: { at: { 0: 2, 0.5: none } } }\n", "HRM0012")]
    [InlineData(Changed + "supervision: { N_sup: { at: { 0: 2 }, then: 3 } }\n", "HRM0012")]
    [InlineData(Changed + "supervision: { loop: { per_batch: { stop: most } } }\n", "HRM0014")]
    [InlineData(Changed + "data: { refill: later }\n", "HRM0014")]
    [InlineData(Changed + "training: { betas: [0.9] }\n", "HRM0012")]
    [InlineData(Changed + "training: { betas: [0.9, 1] }\n", "HRM0013")]
    [InlineData(Changed + "training: { groups: { f: { frozen: maybe } } }\n", "HRM0012")]
    [InlineData(Changed + "abstract: 1\n", "HRM0012")]
    [InlineData("hrmgen: 1\nname: X{T}\nextends: hrmgen:trm\nmatrix: { recursion.let.T: 3 }\n", "HRM0073")]
    [InlineData("hrmgen: 1\nname: X{T}\nextends: hrmgen:trm\nmatrix: {}\n", "HRM0012")]
    public void What_the_compiler_refuses_for_its_form_the_schema_refuses(string text, string id)
    {
        Assert.Contains(id, SpecCompiler.Compile(text).Errors.Select(e => e.Rule.Id));
        Assert.False(Accepts(text));
    }

    // Where a spec has a base, only the compiler can know what the base brings in.
    [Theory]
    [InlineData("layers: 1", "")]
    [InlineData("gradient: full", "gradient: { fixed_point: { tolerance: 0.1 } }")]
    [InlineData("vocab_size: 7, ", "")]
    public void What_is_missing_is_missed_where_there_is_no_base(string part, string other)
    {
        var text = Whole.Replace(part, other, StringComparison.Ordinal);
        Assert.Contains("HRM0011", SpecCompiler.Compile(text).Errors.Select(e => e.Rule.Id));
        Assert.False(Accepts(text));
        Assert.True(Accepts(text + "extends: hrmgen:trm\n"), Why(text + "extends: hrmgen:trm\n"));
    }
}
