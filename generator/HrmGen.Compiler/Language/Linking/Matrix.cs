using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>One value of an axis.</summary>
/// <param name="Label">What stands for it in the name.</param>
/// <param name="Value">What is laid over the spec.</param>
/// <param name="Node">Where it is written.</param>
internal sealed record MatrixValue(string Label, SpecNode Value, string Node);

/// <summary>One axis: a key and the values that it takes.</summary>
/// <param name="Key">The dotted key.</param>
/// <param name="Values">In the order of the file.</param>
internal sealed record MatrixAxis(string Key, EquatableArray<MatrixValue> Values)
{
    /// <summary>Path of the axis itself.</summary>
    public string Node => NodePath.Key("matrix", Key);

    public string LastSegment => Key.Substring(Key.LastIndexOf('.') + 1);
}

/// <summary>A file's <c>matrix</c>: its axes, and the names of the models that they span.</summary>
/// <param name="Axes">In the order of the file; the last one runs fastest.</param>
/// <param name="Names">Of the models, in that order.</param>
internal sealed record Matrix(EquatableArray<MatrixAxis> Axes, EquatableArray<string> Names)
{
    /// <summary>Models of one file at most.</summary>
    public const int MaxModels = 1000;

    /// <summary>Keys and values of all models of one file together at most.</summary>
    public const int MaxNodes = 250_000;

    /// <summary>Axes of one file at most.</summary>
    public const int MaxAxes = 8;

    /// <summary>Whether a spec has a matrix.</summary>
    public static bool IsIn(SpecMapping root) => root["matrix"] is not (null or SpecScalar { IsNull: true });

    /// <summary>The matrix of a spec that has one; null after a reported error.</summary>
    public static Matrix? Read(SpecMapping root, Action<SpecDiagnostic> report)
    {
        if (root["matrix"] is not SpecMapping { Entries.Count: > 0 } map)
        {
            var what = root["matrix"] is SpecMapping ? "an empty one" : root["matrix"]!.Kind;
            report(SpecDiagnostic.At(Rules.WrongType, "matrix", "matrix", "a mapping from dotted keys to lists of values, as in 'recursion.let.T: [1, 2, 3]'", what));
            return null;
        }

        var count = 1L;
        foreach (var size in map.Entries.Select(e => e.Value is SpecSequence list ? list.Items.Count : e.Value is SpecMapping labels ? labels.Entries.Count : 1))
        {
            count = Math.Min(count * size, 1_000_000_000);
        }

        if (map.Entries.Count > MaxAxes || count > MaxModels)
        {
            report(SpecDiagnostic.AtKey(Rules.TooLarge, "matrix", map.Entries.Count > MaxAxes
                ? $"This matrix has {map.Entries.Count} axes; at most {MaxAxes} are allowed"
                : $"This matrix has {Invariant.Text(count)} models; a file has at most {MaxModels}"));
            return null;
        }

        var failed = false;
        var axes = map.Entries.Select(e => ReadAxis(e, d =>
        {
            failed = true;
            report(d);
        })).ToList();
        return failed || new MatrixNames(axes, report).Read(root) is not { } names ? null : new(axes.ToEquatableArray(), names.ToEquatableArray());
    }

    /// <summary>Which value of each axis a model has.</summary>
    public static int[] Choice(IReadOnlyList<int> sizes, int model)
    {
        var choice = new int[sizes.Count];
        for (var axis = sizes.Count - 1; axis >= 0; axis--)
        {
            choice[axis] = model % sizes[axis];
            model /= sizes[axis];
        }

        return choice;
    }

    private static MatrixAxis ReadAxis(SpecEntry entry, Action<SpecDiagnostic> report)
    {
        var node = NodePath.Key("matrix", entry.Key);
        var segments = entry.Key.Split('.');
        if (segments.Any(s => s.Trim().Length == 0))
        {
            report(SpecDiagnostic.AtKey(Rules.MatrixForm, node, $"'{entry.Key}' is not a dotted key, as in 'recursion.let.T'"));
        }
        else if (segments.Length > SpecPaths.MaxSegments)
        {
            report(SpecDiagnostic.AtKey(Rules.TooLarge, node, $"A key has at most {SpecPaths.MaxSegments} dotted parts; this one has {Invariant.Text(segments.Length)}"));
        }
        else if (segments[0] is "hrmgen" or "name" or "summary" || Linker.Composing.Contains(segments[0]))
        {
            report(SpecDiagnostic.AtKey(Rules.MatrixForm, node, $"'{segments[0]}' cannot be an axis: a matrix varies what the models compute"));
        }

        var values = new List<MatrixValue>();
        switch (entry.Value)
        {
            case SpecSequence { Items.Count: > 0 } list:
                for (var i = 0; i < list.Items.Count; i++)
                {
                    var item = NodePath.Item(node, i);
                    if (list.Items[i] is SpecScalar scalar)
                    {
                        values.Add(Labelled(scalar.IsNull ? "null" : scalar.Text, scalar, item, report));
                    }
                    else
                    {
                        report(SpecDiagnostic.At(Rules.MatrixForm, item, $"A value that is {list.Items[i].Kind} has no text for the name: write the axis as a mapping from labels to values"));
                    }
                }

                break;
            case SpecMapping { Entries.Count: > 0 } labels:
                values.AddRange(labels.Entries.Select(e => Labelled(e.Key, e.Value, NodePath.Key(node, e.Key), report)));
                break;
            default:
                var empty = entry.Value is SpecSequence or SpecMapping;
                report(SpecDiagnostic.At(Rules.MatrixForm, node, $"An axis takes a list of values, or a mapping from labels to values, not {(empty ? "an empty one" : entry.Value.Kind)}"));
                break;
        }

        return new(entry.Key, values.ToEquatableArray());
    }

    private static MatrixValue Labelled(string text, SpecNode value, string node, Action<SpecDiagnostic> report)
    {
        var label = MatrixNames.Label(text);
        if (label is null)
        {
            report(SpecDiagnostic.At(Rules.MatrixForm, node, $"'{text}' cannot stand in a name: write the axis as a mapping from labels (letters, digits, _, '.' and '-') to values"));
        }

        return new(label ?? "", value, node);
    }
}
