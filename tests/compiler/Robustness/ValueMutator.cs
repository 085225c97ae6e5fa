using System.Globalization;
using HrmGen.Compiler.Language;
using static HrmGen.Compiler.Tests.Robustness.TreeMutator;
using ValueType = HrmGen.Compiler.Language.ValueType;

namespace HrmGen.Compiler.Tests.Robustness;

/// <summary>Other values in whole trees: extreme ones, other specs' ones, and such as the table of keys allows.</summary>
internal static class ValueMutator
{
    private static readonly string[] Extremes =
    [
        "0", "-1", "1", "2", "3", "7", "64", "65", "255", "1024", "1025", "65535", "65536", "65537", "1000000", "1000001", "2147483647", "2147483648", "4294967296", "9223372036854775807",
        "9223372036854775808", "99999999999999999999999999", "1e3", "1e15", "1e16", "1e308", "1e309", "-1e308", "1e-320", "5e-324", "1e-400", "-0", "-0.0", "0.0", ".5", "5.", "+1", "NaN", ".nan", "Infinity", ".inf", "-.inf",
        "0x10", "1_000", "0.1", "0.30000000000000004", "true", "yes", "null", "~", "", "none", "1,5", "\u0663", "2 * n", "n", "T",
    ];

    private static readonly string[] Texts =
    [
        "", " ", "a", "Ii\u0131\u0130", "</summary>", "*/ // \" \\", "a\nb", "a\r\nb", "\0", "\u0001\u001f\u007f", "\u0085\u2028\u2029", "\ud83d\ude00", "\ud800", "\udc00x", "\ufffe\uffff", "#error", "{i}", "{0}", "{", "}", "%", "$", "]]>", "&amp;",
        new('x', 65), new('y', 5000),
    ];

    private static readonly (string Place, Key Key)[] Table = [.. Validator.AllKeys(KeyTable.Root, "").Where(k => k.Key.Type is not (MapType or NamedMapType or MatrixType or StatementsType))];

    public static void Mutate(Node root, Random random)
    {
        for (var edits = random.Next(1, 4); edits > 0; edits--)
        {
            switch (random.Next(10))
            {
                case 0:
                    Extreme(root, random);
                    break;
                case 1:
                    root.Set("summary", Node.Scalar(Pick(Texts, random), quoted: true));
                    break;
                case 2 or 3 or 4:
                    ProgramMutator.Mutate(root, random);
                    break;
                default:
                    Allowed(root, random);
                    break;
            }
        }
    }

    private static void Extreme(Node root, Random random)
    {
        var scalars = root.All.Where(n => n.Text is not null).ToList();
        if (scalars.Count > 0)
        {
            var scalar = Pick(scalars, random);
            (scalar.Text, scalar.Quoted) = random.Next(4) switch
            {
                0 => (Pick(Texts, random), true),
                1 => (Pick(scalars, random).Text, random.Next(4) == 0),
                _ => (Pick(Extremes, random), random.Next(8) == 0),
            };
        }
    }

    // A value that the table allows, at its key.
    private static void Allowed(Node root, Random random)
    {
        var (place, key) = Pick(Table, random);
        var at = root;
        var segments = place.Split('.');
        foreach (var segment in segments.SkipLast(1))
        {
            var name = segment == Validator.AnyName ? at.Children.Count == 0 ? "f" : Pick(at.Children, random).Key : segment;
            if (at[name] is not { IsMap: true } below)
            {
                at.Set(name, below = Node.Map());
            }

            at = below;
        }

        if (key.Name is not ("extends" or "abstract" or "hrmgen") || random.Next(20) == 0)
        {
            at.Set(key.Name, Value(key.Type, root, random));
        }
    }

    private static Node Value(ValueType type, Node root, Random random) => type switch
    {
        IntegerType integer => Node.Scalar(Whole(integer, random).ToString(CultureInfo.InvariantCulture)),
        NumberType number => Node.Scalar(Pick([number.Min, Math.Min(number.Max, 1e300), 0.5, 0.1, 1e-5, 0.25, 1], random).ToString("R", CultureInfo.InvariantCulture)),
        ChoiceType choice => Node.Scalar(Pick(choice.Values, random)),
        FlagType => Node.Scalar(random.Next(2) == 0 ? "true" : "false"),
        NameType or TextType => Node.Scalar(Pick(["M", "Model_2", "L_init", "a.b", "L{i}_init", "q", "\u0130", "Tensor", "hrmgen:trm", "hrmgen:hrm"], random)),
        ListType list => Node.List(Enumerable.Range(0, Math.Min(list.Max, 2)).Select(_ => Value(list.Element, root, random))),
        ScheduleType schedule => Node.Map((ScheduleType.At, Node.Map(("0", Value(schedule.Value, root, random)), ("0.5", Value(schedule.Value, root, random))))),
        EitherType either => Value(Pick(either.Alternatives, random), root, random),
        MapType map => Node.Map([.. map.Keys.Where(k => k.Required || random.Next(3) == 0).Select(k => (k.Name, Value(k.Type, root, random)))]),
        _ => Node.Scalar(Custom(root, random), random.Next(2) == 0),
    };

    private static long Whole(IntegerType type, Random random) => random.Next(4) switch
    {
        0 => type.Min,
        1 when random.Next(4) == 0 => type.Max,
        2 => Math.Min(type.Max, Math.Max(type.Min, 1L << random.Next(9))),
        _ => Math.Min(type.Max, type.Min + random.Next(6)),
    };

    private static string Custom(Node root, Random random)
    {
        string[] latents = root["recursion"]?["latents"]?.Children.Select(c => c.Key).ToArray() is { Length: > 0 } own ? own : ["z_H", "z_L"];
        return Pick([Pick(latents, random), Pick(latents, random) + "[1]", "2", "n", "T", "2 * n", "T + 1", "(n - 1) * T", "q_halt > 0", "q_halt > q_continue", "q_halt > -1.5", "never", "residual < 1e-3"], random);
    }
}
