using System.Globalization;
using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>Holds a tree against the table of keys.</summary>
/// <param name="diagnostics">Takes the findings.</param>
/// <param name="partial">Whether keys may be missing, as in an abstract spec.</param>
internal sealed class Validator(List<SpecDiagnostic> diagnostics, bool partial = false)
{
    /// <summary>Checks a node; custom types are left to the parsers that read them.</summary>
    public void Check(SpecNode node, ValueType type, string path, string name)
    {
        switch (type)
        {
            case IntegerType integer:
                CheckInteger(node, integer, path, name);
                break;
            case NumberType number:
                CheckNumber(node, number, path, name);
                break;
            case FlagType:
                if (node is not SpecScalar flag || Scalars.Flag(flag) is null)
                {
                    Wrong(node, type, path, name);
                }

                break;
            case TextType:
                if (node is not SpecScalar { IsNull: false })
                {
                    Wrong(node, type, path, name);
                }

                break;
            case NameType names:
                CheckName(node, names, path, name);
                break;
            case ChoiceType choice:
                CheckChoice(node, choice, path, name);
                break;
            case MapType map:
                CheckMap(node, map, path, name);
                break;
            case NamedMapType map:
                CheckNamedMap(node, map, path, name);
                break;
            case ListType list:
                CheckList(node, list, path, name);
                break;
            case ScheduleType schedule:
                CheckSchedule(node, schedule, path, name);
                break;
            case EitherType either:
                Check(node, Pick(node, either), path, name);
                break;
        }
    }

    /// <summary>The alternative that the node's shape calls for.</summary>
    public static ValueType Pick(SpecNode node, EitherType either)
    {
        bool Fits(ValueType t) => (node, t) switch
        {
            (SpecMapping map, ScheduleType) => map[ScheduleType.At] is not null,
            (SpecMapping, MapType or NamedMapType) => true,
            (SpecSequence, ListType) => true,
            (SpecScalar s, ChoiceType c) => c.Values.Contains(s.Text),
            (SpecScalar s, IntegerType or NumberType) => Scalars.Number(s) is not null,
            _ => false,
        };

        return either.Alternatives.FirstOrDefault(Fits)
            ?? either.Alternatives.FirstOrDefault(t => node is SpecMapping && t is ScheduleType)
            ?? either.Alternatives.FirstOrDefault(t => node is SpecScalar { IsNull: false } && t is ChoiceType { Values.Length: > 0 })
            ?? either.Alternatives[0];
    }

    private void CheckInteger(SpecNode node, IntegerType type, string path, string name)
    {
        if (node is not SpecScalar scalar || Scalars.Number(scalar) is not { } number)
        {
            Wrong(node, type, path, name);
        }
        else if (Scalars.Integer(scalar) is not { } value || value < type.Min || value > type.Max)
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.OutOfRange, path, name, type.Description, scalar.Text));
        }
    }

    private void CheckNumber(SpecNode node, NumberType type, string path, string name)
    {
        if (node is not SpecScalar scalar || Scalars.Number(scalar) is not { } value)
        {
            Wrong(node, type, path, name);
        }
        else if (double.IsNaN(value) || double.IsInfinity(value) || value < type.Min || value > type.Max || (type.ExclusiveMin && value == type.Min))
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.OutOfRange, path, name, type.Description, scalar.Text));
        }
    }

    private void CheckName(SpecNode node, NameType type, string path, string name)
    {
        if (node is not SpecScalar { IsNull: false } scalar)
        {
            Wrong(node, type, path, name);
        }
        else if (Names.Problem(scalar.Text, type.Dotted) is { } problem)
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.InvalidName, path, scalar.Text, problem));
        }
    }

    private void CheckChoice(SpecNode node, ChoiceType type, string path, string name)
    {
        if (node is not SpecScalar { IsNull: false } scalar)
        {
            Wrong(node, type, path, name);
        }
        else if (!type.Values.Contains(scalar.Text))
        {
            var hint = Suggestions.DidYouMean(scalar.Text, type.Values);
            diagnostics.Add(SpecDiagnostic.At(Rules.UnknownChoice, path, scalar.Text, name, hint.Length > 0 ? hint : $" ({type.Description})"));
        }
    }

    private void CheckMap(SpecNode node, MapType type, string path, string name)
    {
        if (node is not SpecMapping map)
        {
            Wrong(node, type, path, name);
            return;
        }

        var misspelt = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in map.Entries)
        {
            var child = NodePath.Key(path, entry.Key);
            if (type.Find(entry.Key) is { } key)
            {
                Check(entry.Value, key.Type, child, entry.Key);
                continue;
            }

            // A misspelt required key is one error, not two: the missing one is not reported as well.
            if (Suggestions.Nearest(entry.Key, type.Keys.Select(k => k.Name)) is { } meant)
            {
                misspelt.Add(meant);
            }

            diagnostics.Add(SpecDiagnostic.AtKey(Rules.UnknownKey, child, entry.Key, type.Name, diagnostics.Count < Lowering.MaxFindings ? Hint(entry.Key, type, path) : ""));
        }

        foreach (var key in type.Keys.Where(k => k.Required && !partial && map[k.Name] is null && !misspelt.Contains(k.Name)))
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.MissingKey, path, Capital(type.Name), key.Name, key.Doc));
        }
    }

    private void CheckNamedMap(SpecNode node, NamedMapType type, string path, string name)
    {
        if (node is not SpecMapping map)
        {
            Wrong(node, type, path, name);
            return;
        }

        if (map.Entries.Count > MaxNames)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.TooLarge, path, $"'{name}' holds {map.Entries.Count} names; at most {MaxNames} are allowed"));
            return;
        }

        foreach (var entry in map.Entries)
        {
            var child = NodePath.Key(path, entry.Key);
            if (Names.Problem(entry.Key, dotted: false) is { } problem)
            {
                diagnostics.Add(SpecDiagnostic.AtKey(Rules.InvalidName, child, entry.Key, problem));
            }

            Check(entry.Value, type.Value, child, entry.Key);
        }
    }

    /// <summary>Latents, networks or constants of one spec at most.</summary>
    public const int MaxNames = 64;

    private void CheckList(SpecNode node, ListType type, string path, string name)
    {
        if (node is not SpecSequence list || list.Items.Count < type.Min || list.Items.Count > type.Max)
        {
            Wrong(node, type, path, name);
            return;
        }

        for (var i = 0; i < list.Items.Count; i++)
        {
            Check(list.Items[i], type.Element, NodePath.Item(path, i), name);
        }
    }

    private void CheckSchedule(SpecNode node, ScheduleType type, string path, string name)
    {
        if (node is not SpecMapping { Entries.Count: 1 } map || map[ScheduleType.At] is not SpecMapping { Entries.Count: > 0 } at)
        {
            Wrong(node, type, path, name);
            return;
        }

        var previous = -1.0;
        path = NodePath.Key(path, ScheduleType.At);
        if (at.Entries.Count > ScheduleType.MaxPhases)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.TooLarge, path, $"This schedule has {Invariant.Text(at.Entries.Count)} phases; at most {ScheduleType.MaxPhases} are allowed"));
            return;
        }

        foreach (var entry in at.Entries)
        {
            var child = NodePath.Key(path, entry.Key);
            var share = Scalars.Number(new(entry.Key, false));
            if (share is not (>= 0 and < 1) || share <= previous || (previous < 0 && share != 0))
            {
                diagnostics.Add(SpecDiagnostic.AtKey(Rules.InvalidSchedule, child, entry.Key));
                return;
            }

            previous = share.Value;
            Check(entry.Value, type.Value, child, name);
        }
    }

    private void Wrong(SpecNode node, ValueType type, string path, string name)
    {
        var what = node is SpecScalar { IsNull: true } ? "nothing" : node.Kind;
        diagnostics.Add(SpecDiagnostic.At(Rules.WrongType, path, name.Length == 0 ? "the spec" : name, type.Description, what));
    }

    // The likely spelling; else the key that the official configurations call so; else where a key of that name does live.
    private static string Hint(string word, MapType type, string path)
    {
        var near = Suggestions.DidYouMean(word, type.Keys.Select(k => k.Name));
        if (near.Length > 0)
        {
            return near;
        }

        foreach (var (place, key) in AllKeys(KeyTable.Root, ""))
        {
            if (key.Official.Contains(word))
            {
                return $" (the official configurations' '{word}' is '{place}' here)";
            }
        }

        // Of several the one nearest to the top.
        foreach (var (place, key) in AllKeys(KeyTable.Root, "").OrderBy(k => k.Place.Count(c => c == '.')))
        {
            if (key.Name == word && place != NodePath.Key(path, word))
            {
                return $" ('{word}' belongs to '{place.Substring(0, Math.Max(0, place.Length - word.Length)).TrimEnd('.')}')";
            }
        }

        return $" (it has {string.Join(", ", type.Keys.Select(k => k.Name))})";
    }

    /// <summary>Stands for a name that the author gives.</summary>
    public const string AnyName = "NAME";

    /// <summary>Every key with its dotted place, depth first; NAME stands for a name that the author gives.</summary>
    public static IEnumerable<(string Place, Key Key)> AllKeys(ValueType type, string path)
    {
        switch (type)
        {
            case MapType map:
                foreach (var key in map.Keys)
                {
                    var place = NodePath.Key(path, key.Name);
                    yield return (place, key);
                    foreach (var inner in AllKeys(key.Type, place))
                    {
                        yield return inner;
                    }
                }

                break;
            case NamedMapType named:
                foreach (var inner in AllKeys(named.Value, NodePath.Key(path, AnyName)))
                {
                    yield return inner;
                }

                break;
            case ScheduleType schedule:
                foreach (var inner in AllKeys(schedule.Value, path))
                {
                    yield return inner;
                }

                break;
            case EitherType either:
                foreach (var inner in either.Alternatives.SelectMany(a => AllKeys(a, path)))
                {
                    yield return inner;
                }

                break;
        }
    }

    private static string Capital(string text) => char.ToUpper(text[0], CultureInfo.InvariantCulture) + text.Substring(1);
}
