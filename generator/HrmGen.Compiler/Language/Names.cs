namespace HrmGen.Compiler.Language;

/// <summary>Which names a spec may give.</summary>
internal static class Names
{
    /// <summary>Characters in a name at most.</summary>
    public const int MaxLength = 64;

    private static readonly HashSet<string> CSharpKeywords = new(
        ("abstract as base bool break byte case catch char checked class const continue decimal default delegate do double else enum event "
        + "explicit extern false finally fixed float for foreach goto if implicit in int interface internal is lock long namespace new null "
        + "object operator out override params private protected public readonly ref return sbyte sealed short sizeof stackalloc static string "
        + "struct switch this throw true try typeof uint ulong unchecked unsafe ushort using virtual void volatile while").Split(' '),
        StringComparer.Ordinal);

    /// <summary>What equations or the emitted members already mean by a name.</summary>
    private static readonly Dictionary<string, string> Reserved = new(StringComparer.Ordinal)
    {
        ["x"] = "'x' is the embedded input",
        ["sum"] = "'sum' adds up an indexed latent",
        ["noise"] = "'noise' draws noise",
    };

    /// <summary>What is wrong with a name, or null.</summary>
    public static string? Problem(string name, bool dotted)
    {
        if (name.Length is 0 or > MaxLength)
        {
            return $"a name has 1 to {MaxLength} characters";
        }

        if (dotted)
        {
            return name.Split('.').Select(p => p.Length > 0 && p.All(c => IsLetter(c) || IsDigit(c) || c == '_')).All(ok => ok)
                ? null
                : "it takes letters, digits, _ and single dots";
        }

        if (!IsIdentifier(name))
        {
            return "a name takes letters, digits and _, and does not start with a digit";
        }

        if (IsKeyword(name))
        {
            return "it is a keyword of C#";
        }

        return Reserved.TryGetValue(name, out var meaning) ? meaning : null;
    }

    /// <summary>ASCII only: the same under every culture and in every file system.</summary>
    public static bool IsIdentifier(string name) =>
        name.Length > 0 && (IsLetter(name[0]) || name[0] == '_') && name.All(c => IsLetter(c) || IsDigit(c) || c == '_');

    /// <summary>Whether C# keeps a word for itself.</summary>
    public static bool IsKeyword(string name) => CSharpKeywords.Contains(name);

    /// <summary>A namespace from a project's own, which need not be one: <c>my-app.2</c> becomes <c>my_app._2</c>, as for new projects.</summary>
    public static string ToNamespace(string text) => string.Join(".", text.Split('.').Select(part =>
    {
        var word = new string(part.Select(c => IsLetter(c) || IsDigit(c) ? c : '_').ToArray());
        return word.Length == 0 || IsDigit(word[0]) || IsKeyword(word) ? "_" + word : word;
    }));

    public static bool IsLetter(char c) => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z');

    public static bool IsDigit(char c) => c is >= '0' and <= '9';
}
