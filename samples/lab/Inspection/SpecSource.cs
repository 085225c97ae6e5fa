using HrmGen.Compiler.Language;
using HrmGen.Lab.Models;

namespace HrmGen.Lab.Inspection;

/// <summary>A spec file on disk, and which of its models is meant.</summary>
/// <param name="Path">The file, in full.</param>
/// <param name="Model">The model's name; null for the only one.</param>
internal sealed record SpecSource(string Path, string? Model)
{
    private const char Separator = '#';

    /// <summary>What a word means: a file on disk (FILE#NAME for one model of a matrix), else a model of the registry, whose file must lie below.</summary>
    /// <exception cref="HrmGenException">There is no such file and no such model.</exception>
    public static SpecSource Find(string word, ModelCatalog models)
    {
        if (File.Exists(word))
        {
            return new(System.IO.Path.GetFullPath(word), null);
        }

        if (Directory.Exists(word))
        {
            throw new HrmGenException($"{word} is a folder; give one of its spec files (*.hrm.yaml)");
        }

        if (word.LastIndexOf(Separator) is > 0 and var cut && File.Exists(word[..cut]))
        {
            return new(System.IO.Path.GetFullPath(word[..cut]), word[(cut + 1)..]);
        }

        var spec = Registered(word, models);
        return new(Locate(spec.Name, spec.Source), spec.Name);
    }

    private static HrmGen.Models.ModelSpec Registered(string word, ModelCatalog models)
    {
        try
        {
            return models.Find(word).Spec;
        }
        catch (HrmGenException) when (SpecPaths.IsFile(word))
        {
            throw new HrmGenException($"There is no spec file '{word}' (looked in {Directory.GetCurrentDirectory()}), and no model of that name ('hrmgen models' lists them)");
        }
    }

    // A registry says where a spec lies in its project, not where the project is: here, in a folder 'specs', or in one of the folders above.
    private static string Locate(string name, string source)
    {
        for (var folder = new DirectoryInfo(Directory.GetCurrentDirectory()); folder is not null; folder = folder.Parent)
        {
            foreach (var candidate in new[] { System.IO.Path.Combine(folder.FullName, source), System.IO.Path.Combine(folder.FullName, "specs", source) })
            {
                if (File.Exists(candidate))
                {
                    return candidate;
                }
            }
        }

        throw new HrmGenException(
            $"{name} was compiled from {source}, which lies neither in {Directory.GetCurrentDirectory()} nor in its folder 'specs' or a folder above; run this from the project of the specs, or give the path of the file");
    }
}
