using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Language;
using HrmGen.Compiler.Tests.Support;
using Xunit.Abstractions;
using YamlDotNet.RepresentationModel;

namespace HrmGen.Compiler.Tests.Reference;

/// <summary>The schema and the compiler on 4,000 specs with one value of the wrong or the right kind, set at any key of the table.</summary>
public sealed class SchemaAgreementTests(ITestOutputHelper output)
{
    private const string Whole = """
        hrmgen: 1
        name: Whole
        task: { vocab_size: 7, seq_len: 5, puzzle_embedding: { count: 2 } }
        block: { hidden_size: 16, num_heads: 2 }
        networks: { NAME: { layers: 1 } }
        recursion:
          let: { T: 2 }
          latents: { z: {} }
          program: ["z = NAME(z + x)"]
          gradient: { last_updates: 1 }
        heads: { logits: z }
        act: { loss: { halt: 1, continue: { weight: 1 } }, exploration: { probability: 0.1 } }
        training: { groups: { NAME: { lr: 1 } } }
        """;

    // Rules that the table of keys alone decides.
    private static readonly Rule[] OfTheTable = [Rules.UnknownKey, Rules.MissingKey, Rules.WrongType, Rules.OutOfRange, Rules.UnknownChoice, Rules.InvalidName, Rules.InvalidSchedule];

    private static readonly string[] Values =
    [
        "0", "1", "2", "3", "8", "64", "100000", "10000000000", "-1", "0.5", "1.0e-3", "1.5", "1e400", ".5", "true", "false", "null", "none", "full", "\"1\"", "words of text",
        "attention", "rope", "sigmoid", "q_halt > 0", "z", "T", "[]", "[0.5, 0.5]", "[1, 2, 3]", "{}", "{ at: { 0: 1, 0.5: 2 } }", "{ at: { 0: x } }", "{ at: 1 }", "{ weight: 1 }",
        "{ residual: 0.1 }", "{ probability: 2 }", "{ unheard: 1 }", "{ per_batch: { stop: any } }", "{ fixed_point: { tolerance: 0.1, max_updates: 9 } }",
    ];

    [Fact]
    public void Neither_refuses_a_form_that_the_other_accepts()
    {
        var draw = new Random(20260101);
        var places = Validator.AllKeys(KeyTable.Root, "").Where(k => k.Place is not ("extends" or "abstract" or "matrix" or "name")).ToList();
        var (valid, invalid) = (0, 0);
        for (var i = 0; i < 4000; i++)
        {
            var (place, key) = places[draw.Next(places.Count)];
            place = place.Replace("latents." + Validator.AnyName, "latents.z", StringComparison.Ordinal); // NAME is the network's here
            var value = Values[draw.Next(Values.Length)];
            var text = Set(place, value);
            var compiled = SpecCompiler.Compile(text);
            var byTheTable = compiled.Errors.Where(e => OfTheTable.Contains(e.Rule)).ToList();
            var accepted = SchemaTests.Accepts(text);
            var what = $"{place} = {value}: {string.Join("; ", compiled.Errors.Select(e => $"{e.Rule.Id} {e.Message}"))}";
            if (accepted)
            {
                valid++;

                // An equation, a count, a condition or a name is text to the schema; a parser of its own reads it. A null is a key that is not
                // there, and whether a sibling then makes up for it the compiler knows.
                Assert.True(byTheTable.Count == 0 || HoldsText(key.Type) || value == "null" || Among(byTheTable), "the compiler alone refuses " + what);
            }
            else
            {
                invalid++;
                Assert.True(compiled.Errors.Any(), "the schema alone refuses " + what);
            }
        }

        output.WriteLine($"{valid} valid, {invalid} invalid");
        Assert.True(valid > 400 && invalid > 1000, $"{valid} valid, {invalid} invalid");
    }

    // Keys of which one of several is needed, and text in a number's place that a formula could be.
    private static bool Among(List<LocatedDiagnostic> errors) => errors.All(e => e.Message.Contains(": or '", StringComparison.Ordinal) || e.Message.Contains("num_heads", StringComparison.Ordinal));

    private static bool HoldsText(Language.ValueType type) => type switch
    {
        CustomType or StatementsType or TextType or NameType => true,
        EitherType either => either.Alternatives.Any(HoldsText),
        NamedMapType named => HoldsText(named.Value),
        _ => false,
    };

    private static string Set(string place, string value)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Whole));
        var node = (YamlMappingNode)stream.Documents[0].RootNode;
        var segments = place.Split('.');
        foreach (var segment in segments[..^1])
        {
            if (!node.Children.TryGetValue(segment, out var inner) || inner is not YamlMappingNode map)
            {
                node.Children[segment] = map = [];
            }

            node = map;
        }

        var parsed = new YamlStream();
        parsed.Load(new StringReader(value));
        node.Children[segments[^1]] = parsed.Documents[0].RootNode;
        using var text = new StringWriter();
        stream.Save(text, assignAnchors: false);
        return text.ToString().Replace("\r", "", StringComparison.Ordinal).Replace("...\n", "", StringComparison.Ordinal);
    }
}
