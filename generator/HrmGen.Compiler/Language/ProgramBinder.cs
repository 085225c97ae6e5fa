using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>Reads the statements of <c>recursion.program</c>.</summary>
internal sealed class ProgramBinder(Scope scope, List<SpecDiagnostic> diagnostics)
{
    private const int MaxDepth = 16;

    private static readonly string[] Known = [.. KeyTable.Statement.Keys.Select(k => k.Name)];

    // The others belong to one of them.
    internal static readonly string[] Forms = [.. Known.Where(n => n is not ("until" or "do"))];

    private readonly Stack<bool> endings = new();

    private int loops;

    /// <summary>A list of statements; what does not parse is reported and left out.</summary>
    public EquatableArray<Statement> Statements(SpecNode node, string path, int depth = 0)
    {
        if (node is not SpecSequence list || list.Items.Count == 0)
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.StatementForm, path, "This is a list of statements: '- \"z_H = f(z_H + z_L)\"', or '- { repeat: n, do: [...] }'"));
            return EquatableArray<Statement>.Empty;
        }

        if (depth > MaxDepth)
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.TooLarge, path, $"Loops nest at most {MaxDepth} deep"));
            return EquatableArray<Statement>.Empty;
        }

        var statements = new List<Statement>();
        for (var i = 0; i < list.Items.Count; i++)
        {
            if (Statement(list.Items[i], NodePath.Item(path, i), depth) is { } statement)
            {
                statements.Add(statement);
            }
        }

        return statements.ToEquatableArray();
    }

    /// <summary>Reads a scalar with one of the equation parsers; null after a reported error.</summary>
    public T? Read<T>(SpecNode? node, string path, string expectation, Func<string, T> parse)
        where T : struct => TryRead(node, path, expectation, parse, out var value) ? value : null;

    /// <summary>The same for classes.</summary>
    public T? ReadRef<T>(SpecNode? node, string path, string expectation, Func<string, T> parse)
        where T : class => TryRead(node, path, expectation, parse, out var value) ? value : null;

    private bool TryRead<T>(SpecNode? node, string path, string expectation, Func<string, T> parse, out T? value)
    {
        value = default;
        if (node is not SpecScalar { IsNull: false } scalar)
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.StatementForm, path, expectation));
            return false;
        }

        try
        {
            value = parse(scalar.Text);
            return true;
        }
        catch (EquationException e)
        {
            diagnostics.Add(new(e.Rule, path, e.Message, Anchor.Value, e.Start, e.Length));
            return false;
        }
    }

    private Statement? Statement(SpecNode node, string path, int depth) => node switch
    {
        SpecScalar => Equation(node, path),
        SpecMapping map => Block(map, path, depth),
        _ => Malformed(path, "A statement is an equation, or a mapping with 'repeat', 'for' or 'every' and 'do'"),
    };

    private Update? Equation(SpecNode node, string path) =>
        Read(node, path, "A statement is an equation, as in 'z_H = f(z_H + z_L)'", text => EquationParser.ParseEquation(text, scope)) is { } equation
            ? new Update(equation.Target, equation.Value, path)
            : null;

    private Statement? Block(SpecMapping map, string path, int depth)
    {
        var present = Forms.Where(f => map[f] is not null).ToList();
        foreach (var entry in map.Entries.Where(e => !Known.Contains(e.Key)))
        {
            var child = NodePath.Key(path, entry.Key);
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.UnknownKey, child, entry.Key, "a statement", Suggestions.DidYouMean(entry.Key, Known)));
        }

        if (map.Entries.Any(e => !Known.Contains(e.Key)))
        {
            return null;
        }

        if (present.Count != 1 || map["do"] is not { } inner)
        {
            return Malformed(path, "A statement has one of 'repeat', 'for' and 'every', and 'do'");
        }

        var form = present[0];
        var (head, headPath, bodyPath) = (map[form]!, NodePath.Key(path, form), NodePath.Key(path, "do"));
        if (map["until"] is not null && form != "repeat")
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.UntilForm, NodePath.Key(path, "until"), $"'until' belongs to 'repeat', whose count is then the most that it does; '{form}' has no such limit"));
            return null;
        }

        switch (form)
        {
            case "repeat":
                var count = Counted(head, headPath, "'repeat' takes a whole number or a constant", 0);
                var until = map["until"] is { } condition ? Ending(condition, NodePath.Key(path, "until"), path) : null;
                loops++;
                endings.Push(map["until"] is not null);
                var repeated = Statements(inner, bodyPath, depth + 1);
                endings.Pop();
                loops--;
                return count is null ? null : new Loop(null, CounterName(loops), Count.Of(1), count, Count.Of(1), repeated, until);
            case "every":
                var period = Counted(head, headPath, "'every' takes a whole number or a constant", 1);
                if (loops == 0)
                {
                    diagnostics.Add(SpecDiagnostic.AtKey(Rules.EveryOutsideLoop, headPath));
                }
                else if (endings.Peek())
                {
                    diagnostics.Add(SpecDiagnostic.AtKey(Rules.UntilForm, headPath, "'every' counts the iterations of the loop around it, and that loop ends by its residual: put a 'repeat' between them"));
                }

                var guarded = Statements(inner, bodyPath, depth + 1);
                return period is null ? null : new Every(period, guarded);
            default:
                return For(head, headPath, inner, bodyPath, depth);
        }
    }

    // "residual < 1e-3"
    private Until? Ending(SpecNode node, string path, string loop) =>
        Read(node, path, "'until' is a condition, as in 'residual < 1e-3'", ConditionParser.ParseResidual) is { } epsilon ? new(epsilon, loop) : null;

    private Count? Counted(SpecNode node, string path, string expectation, int least)
    {
        var count = ReadRef(node, path, expectation, text => CountParser.ParseCount(text, scope));
        if (count is not null && count.Value < least)
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.OutOfRange, path, path.Substring(path.LastIndexOf('.') + 1), $"a whole number of at least {Invariant.Text(least)}", Invariant.Text(count.Value)));
            return null;
        }

        return count;
    }

    private Loop? For(SpecNode head, string headPath, SpecNode inner, string bodyPath, int depth)
    {
        if (Read(head, headPath, "'for' has the form 'i in 1..n'", text => CountParser.ParseRange(text, scope)) is not { } range)
        {
            return null;
        }

        var clash = scope.LoopVariables.Contains(range.Variable) || scope.Constants.ContainsKey(range.Variable)
            || scope.Latents.ContainsKey(range.Variable) || scope.Networks.Contains(range.Variable);
        var problem = clash ? "something else has that name here" : EmittedNames.Problem(range.Variable);
        if (problem is not null)
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.InvalidName, headPath, range.Variable, problem));
            return null;
        }

        scope.LoopVariables.Add(range.Variable);
        loops++;
        endings.Push(false);
        var body = Statements(inner, bodyPath, depth + 1);
        endings.Pop();
        loops--;
        scope.LoopVariables.RemoveAt(scope.LoopVariables.Count - 1);
        return new(range.Variable, range.Variable, range.First, range.Last, range.First, body);
    }

    private static string CounterName(int depth) => depth switch
    {
        0 => "cycle",
        1 => "step",
        2 => "substep",
        _ => "substep" + Invariant.Text(depth - 1),
    };

    private Statement? Malformed(string path, string message)
    {
        diagnostics.Add(SpecDiagnostic.At(Rules.StatementForm, path, message));
        return null;
    }
}
