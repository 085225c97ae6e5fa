using System.Text.RegularExpressions;
using static HrmGen.Compiler.Tests.Robustness.TreeMutator;

namespace HrmGen.Compiler.Tests.Robustness;

/// <summary>Other programs: tokens of equations, and statements.</summary>
internal static partial class ProgramMutator
{
    private static readonly string[] Tokens = ["x", "sum", "noise", "+", "-", "*", "(", ")", "[", "]", "=", "1", "0", "0.5", "-1", "1e308", "1e309", "i", "n", "T", "z_H", "z_L", "f", "..", ",", ">", "in", "1025", "\u00b2"];

    public static void Mutate(Node root, Random random)
    {
        // A spec that takes its program from a base gets one of its own.
        if (root["recursion"]?["program"] is not { Text: null, Children.Count: > 0 } program)
        {
            var donors = Corpus.Trees.Select(t => t["recursion"]?["program"]).OfType<Node>().ToList();
            var recursion = root["recursion"] is { IsMap: true } own ? own : Node.Map();
            root.Set("recursion", recursion);
            recursion.Set("program", Pick(donors, random).Copy());
            return;
        }

        var equations = program.All.Where(n => n.Text?.Contains('=', StringComparison.Ordinal) == true).ToList();
        if (equations.Count > 0 && random.Next(3) > 0)
        {
            var equation = Pick(equations, random);
            equation.Text = Equation(equation.Text!, random);
            return;
        }

        var lists = program.All.Where(n => n is { Text: null, IsMap: false, Children.Count: > 0 }).Append(program).Distinct().ToList();
        var list = Pick(lists, random);
        var at = random.Next(list.Children.Count);
        var statement = list.Children[at].Value;
        switch (random.Next(6))
        {
            case 0:
                list.Children.Insert(random.Next(list.Children.Count + 1), ("", statement.Copy()));
                break;
            case 1 when list.Children.Count > 1:
                list.Children.RemoveAt(at);
                break;
            case 2:
                list.Children.Reverse();
                break;
            default:
                list.Children[at] = ("", Wrapped(statement, random));
                break;
        }
    }

    private static Node Wrapped(Node statement, Random random)
    {
        var body = ("do", Node.List([statement]));
        return random.Next(5) switch
        {
            0 => Node.Map(("for", Node.Scalar($"{Pick(["i", "j", "k"], random)} in {random.Next(3)}..{Pick(["n", "2", "3", "2 * 2", "0"], random)}")), body),
            1 => Node.Map(("every", Node.Scalar(Pick(["1", "2", "3", "n", "0"], random))), body),
            2 => Node.Map(("repeat", Node.Scalar(Pick(["2", "5", "T"], random))), ("until", Node.Scalar("residual < 0.01")), body),
            _ => Node.Map(("repeat", Node.Scalar(Pick(["0", "1", "2", "3", "n", "T + 1", "2 * n", "1000", "100000", "1000001"], random))), body),
        };
    }

    private static string Equation(string text, Random random)
    {
        var tokens = Token().Matches(text).Select(m => m.Value).ToList();
        var at = random.Next(tokens.Count);
        switch (random.Next(9))
        {
            case 0:
                tokens.RemoveAt(at);
                break;
            case 1:
                tokens.Insert(at, tokens[at]);
                break;
            case 2:
                var other = random.Next(tokens.Count);
                (tokens[at], tokens[other]) = (tokens[other], tokens[at]);
                break;
            case 3:
                tokens[at] = Pick(Tokens, random);
                break;
            case 4:
                tokens.Insert(at, Pick(Tokens, random));
                break;
            case 5:
                tokens.AddRange(Enumerable.Repeat("(", random.Next(1, 40)));
                break;
            case 6:
                // A bare value, or the target itself.
                return $"{tokens[0]} = {Pick(["x", "0.5 * x", "noise(0.5)", tokens[0]], random)}";
            default:
                tokens.AddRange(["+", Pick(["x", "0.5 * x", "noise(0.1)", "-1 * (x + x)", "(x + x)", tokens[0]], random)]);
                break;
        }

        return string.Join(random.Next(4) == 0 ? "" : " ", tokens);
    }

    [GeneratedRegex(@"[A-Za-z_][A-Za-z_0-9]*(\[[^\]]*\])?|[0-9]+(\.[0-9]+)?|\S")]
    private static partial Regex Token();
}
