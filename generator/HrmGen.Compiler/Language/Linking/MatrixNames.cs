using System.Text;
using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>Names of a matrix's models, from the template that <c>name</c> is: <c>Grid_T{T}_n{recursion.let.n}</c>.</summary>
internal sealed class MatrixNames(IReadOnlyList<MatrixAxis> axes, Action<SpecDiagnostic> report)
{
    /// <summary>A value's text as a part of a name: <c>0.5</c> is <c>0_5</c>; null where it has characters that no name takes, or too many.</summary>
    public static string? Label(string text)
    {
        var label = new string(text.Select(c => c is '.' or '-' or '+' ? '_' : c).ToArray());
        return label.Length is > 0 and <= Names.MaxLength && label.All(c => Names.IsLetter(c) || Names.IsDigit(c) || c == '_') ? label : null;
    }

    /// <summary>The names in the order of the models; null after a reported error.</summary>
    public IReadOnlyList<string>? Read(SpecMapping root)
    {
        if (root["name"] is not SpecScalar { IsNull: false } template)
        {
            report(root["name"] is null or SpecScalar
                ? SpecDiagnostic.AtKey(Rules.MissingKey, "", "The spec", "name", "the template of the models' names, as in 'Grid_" + Placeholder(axes[0]) + "'")
                : SpecDiagnostic.At(Rules.WrongType, "name", "name", "the template of the models' names", root["name"]!.Kind));
            return null;
        }

        if (Parse(template.Text) is not { } parts)
        {
            return null;
        }

        foreach (var axis in axes.Where(a => !parts.Any(p => p.Axis == a)))
        {
            report(SpecDiagnostic.AtKey(Rules.MatrixForm, axis.Node, $"The name does not tell the values of '{axis.Key}' apart: put {Placeholder(axis)} into 'name'"));
            return null;
        }

        var sizes = axes.Select(a => a.Values.Count).ToArray();
        return Usable(Enumerable.Range(0, sizes.Aggregate(1, (product, size) => product * size)).Select(model => Name(parts, Matrix.Choice(sizes, model))));
    }

    // The first slip stands for the others: a template that is wrong once is wrong for every model. A thousand names of a template that
    // is a megabyte are never made.
    private List<string>? Usable(IEnumerable<string> names)
    {
        var usable = new List<string>();
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in names)
        {
            if ((Names.Problem(name, dotted: false) ?? EmittedNames.ModelProblem(name)) is { } problem)
            {
                report(SpecDiagnostic.At(Rules.InvalidName, "name", name, problem));
                return null;
            }

            if (!taken.Add(name))
            {
                report(SpecDiagnostic.At(Rules.MatrixForm, "name", $"Two models of the matrix would be named '{name}' (case does not count); give their values labels that differ"));
                return null;
            }

            usable.Add(name);
        }

        return usable;
    }

    private string Name(IEnumerable<Part> parts, int[] choice)
    {
        var name = new StringBuilder();
        foreach (var part in parts)
        {
            name.Append(part.Axis is null ? part.Text : part.Axis.Values[choice[Position(part.Axis)]].Label);
        }

        return name.ToString();
    }

    private int Position(MatrixAxis axis)
    {
        var position = 0;
        while (!ReferenceEquals(axes[position], axis))
        {
            position++;
        }

        return position;
    }

    private List<Part>? Parse(string template)
    {
        var parts = new List<Part>();
        var at = 0;
        while (at < template.Length)
        {
            var brace = template.IndexOfAny(['{', '}'], at);
            if (brace < 0)
            {
                parts.Add(new(template.Substring(at), null));
                break;
            }

            parts.Add(new(template.Substring(at, brace - at), null));
            var close = template[brace] == '}' ? -1 : template.IndexOf('}', brace);
            if (close < 0)
            {
                return Failed(brace, 1, "This brace has no partner: a placeholder is written " + Placeholder(axes[0]));
            }

            var word = template.Substring(brace + 1, close - brace - 1);
            var meant = axes.Where(a => a.Key == word).ToList();
            meant = meant.Count > 0 ? meant : axes.Where(a => a.LastSegment == word).ToList();
            if (meant.Count != 1)
            {
                var hint = Suggestions.Nearest(word, axes.Select(a => a.LastSegment)) is { } near
                    ? $"did you mean {{{near}}}?"
                    : "there are " + string.Join(", ", axes.Select(Placeholder));
                return Failed(brace, close - brace + 1, meant.Count == 0
                    ? $"The matrix has no axis '{word}' ({hint})"
                    : $"'{word}' is the end of several axes: write {string.Join(" or ", meant.Select(m => "{" + m.Key + "}"))}");
            }

            parts.Add(new("", meant[0]));
            at = close + 1;
        }

        return parts;
    }

    private List<Part>? Failed(int start, int length, string message)
    {
        report(new(Rules.MatrixForm, "name", SpecDiagnostic.Format(Rules.MatrixForm, message), Anchor.Value, start, length));
        return null;
    }

    // The short form, where it is unambiguous.
    private string Placeholder(MatrixAxis axis) => "{" + (axes.Count(a => a.LastSegment == axis.LastSegment) == 1 ? axis.LastSegment : axis.Key) + "}";

    private sealed record Part(string Text, MatrixAxis? Axis);
}
