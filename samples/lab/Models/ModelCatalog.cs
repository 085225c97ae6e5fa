using System.IO.Enumeration;
using HrmGen.Compiler.Language;
using HrmGen.Models;

namespace HrmGen.Lab.Models;

/// <summary>The models by name, by file, by part of a file's name, and by a name with <c>*</c> for any part of it.</summary>
public sealed class ModelCatalog(IEnumerable<ModelEntry> models)
{
    /// <summary>All of them, in the order of their names.</summary>
    public IReadOnlyList<ModelEntry> All { get; } = [.. models.OrderBy(m => m.Spec.Name, StringComparer.Ordinal)];

    /// <summary>The model that a word means: its name in any case, its spec's path, or its file's name.</summary>
    /// <exception cref="HrmGenException">There is none, or there are several.</exception>
    public ModelEntry Find(string word)
    {
        var found = FindAll(word);
        return found.Count == 1
            ? found[0]
            : throw new HrmGenException($"'{word}' holds several models: {string.Join(", ", found.Select(m => m.Spec.Name))}; name one of them");
    }

    /// <summary>The models that a word means: one, all those of a file with a matrix, or all those whose name fits a pattern.</summary>
    /// <exception cref="HrmGenException">There is none.</exception>
    public IReadOnlyList<ModelEntry> FindAll(string word)
    {
        var found = Meant(word);
        if (found.Count > 0)
        {
            return found;
        }

        var hint = Suggestions.DidYouMean(word, All.Select(m => m.Spec.Name).Concat(All.SelectMany(m => Stems(m.Spec.Source))).Distinct());
        throw new HrmGenException($"There is no model '{word}'{(hint.Length > 0 ? hint : "; 'hrmgen models' lists them")}");
    }

    /// <summary>Whether a word means a model, or several.</summary>
    public bool Knows(string word) => Meant(word).Count > 0;

    private List<ModelEntry> Meant(string word)
    {
        if (word.Contains('*', StringComparison.Ordinal))
        {
            return [.. All.Where(m => FileSystemName.MatchesSimpleExpression(word, m.Spec.Name))];
        }

        var path = word.Replace('\\', '/');
        var byName = All.Where(m => m.Spec.Name.Equals(word, StringComparison.OrdinalIgnoreCase)).ToList();
        return byName.Count > 0 ? byName
            : [.. All.Where(m => Stems(m.Spec.Source).Any(s => s == path || ("/" + path).EndsWith("/" + s, StringComparison.Ordinal)))];
    }

    // trm/table_1/3_no_ema.hrm.yaml, trm/table_1/3_no_ema, 3_no_ema.
    private static string[] Stems(string source)
    {
        const string Extension = ".hrm.yaml";
        var stem = source.EndsWith(Extension, StringComparison.Ordinal) ? source[..^Extension.Length] : source;
        return [source, stem, stem[(stem.LastIndexOf('/') + 1)..]];
    }
}
