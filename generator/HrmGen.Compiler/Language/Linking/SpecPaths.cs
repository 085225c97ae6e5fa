namespace HrmGen.Compiler.Language;

/// <summary>Paths of spec files, as text: the compiler reads no disk.</summary>
internal static class SpecPaths
{
    /// <summary>Parts of a dotted key at most: every part is a level of the tree, and trees are walked by recursion.</summary>
    public const int MaxSegments = 16;

    /// <summary>With <c>/</c>, and without <c>.</c> and <c>..</c>.</summary>
    public static string Normal(string path)
    {
        var parts = new List<string>();
        foreach (var part in path.Replace('\\', '/').Split('/'))
        {
            if (part == ".." && parts.Count > 0 && parts[parts.Count - 1] is not ".." and var last)
            {
                // The root has no folder above it.
                if (last.Length > 0 || parts.Count > 1)
                {
                    parts.RemoveAt(parts.Count - 1);
                }
            }
            else if (part != "." && (part.Length > 0 || parts.Count == 0))
            {
                parts.Add(part);
            }
        }

        return string.Join("/", parts);
    }

    /// <summary>The file that a path in a spec means: it starts at the spec's own folder.</summary>
    public static string Resolve(string spec, string relative)
    {
        var folder = spec.Replace('\\', '/');
        return Normal(folder.Substring(0, folder.LastIndexOf('/') + 1) + relative.Trim());
    }

    /// <summary>How a spec would write the path of another file.</summary>
    public static string Between(string spec, string target)
    {
        string[] from = Normal(spec).Split('/'), to = Normal(target).Split('/');
        var common = 0;
        while (common < from.Length - 1 && common < to.Length - 1 && from[common] == to[common])
        {
            common++;
        }

        return string.Join("/", Enumerable.Repeat("..", from.Length - 1 - common).Concat(to.Skip(common)));
    }

    /// <summary>A path relative to the project with <c>/</c>; the file name alone for a file outside of it.</summary>
    public static string InProject(string path, string directory)
    {
        var (file, root) = (path.Replace('\\', '/'), directory.Replace('\\', '/').TrimEnd('/') + "/");
        return root.Length > 1 && file.StartsWith(root, StringComparison.Ordinal) ? file.Substring(root.Length) : FileName(path);
    }

    /// <summary>The last part.</summary>
    public static string FileName(string path) => path.Substring(path.Replace('\\', '/').LastIndexOf('/') + 1);

    /// <summary>Whether a base is meant as a file, rather than as a preset.</summary>
    public static bool IsFile(string text) =>
        text.Contains('/') || text.Contains('\\') || text.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || text.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a path says where it starts by itself.</summary>
    public static bool IsRooted(string text) => text.StartsWith("/", StringComparison.Ordinal) || text.StartsWith("\\", StringComparison.Ordinal) || (text.Length > 1 && text[1] == ':');
}
