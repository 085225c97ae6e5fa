using HrmGen.Compiler.Diagnostics;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace HrmGen.Compiler.Parsing;

/// <summary>YAML text to a positioned tree.</summary>
/// <remarks>
/// The tree is built from YamlDotNet's events with an explicit stack: its object graphs follow aliases, and an alias inside its own
/// anchor makes a cycle that overflows the stack of whoever walks it, which for a generator is the compiler.
/// </remarks>
public static class SpecParser
{
    /// <summary>Characters in a file at most.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>Mappings and lists inside one another at most.</summary>
    public const int MaxDepth = 64;

    /// <summary>Characters of the keys on the way to a node at most: every node is named by its path.</summary>
    public const int MaxPath = 1000;

    /// <summary>Nodes in a file at most.</summary>
    public const int MaxNodes = 20_000;

    /// <summary>Parses a file; never throws on any text.</summary>
    public static ParsedSpec Parse(string path, string text)
    {
        if (text.Length > MaxLength)
        {
            return Failed(path, Rules.TooLarge, 0, 0, $"The file has {text.Length} characters; a spec has at most {MaxLength}");
        }

        var scanner = new Scanner(new StringReader(text));
        try
        {
            var builder = new TreeBuilder(path, text);
            var parser = new Parser(scanner);
            while (parser.MoveNext())
            {
                if (parser.Current is { } current && builder.Accept(current) is { } error)
                {
                    return new(path, null, SpecLocations.Empty, EquatableArray.Of(error));
                }
            }

            return builder.Finish();
        }
        catch (YamlException e)
        {
            if (TabIndent(e, scanner, text) is { } tab)
            {
                return Failed(path, Rules.YamlSyntax, tab, 1, "YAML does not allow tabs in indentation; use spaces");
            }

            var start = (int)Math.Min(Math.Max(0, e.Start.Index), text.Length);
            var length = (int)Math.Min(Math.Max(1, e.End.Index - e.Start.Index), text.Length - start);
            return Failed(path, Rules.YamlSyntax, start, length, Explain(e));
        }
#pragma warning disable CA1031 // Some broken texts make the scanner fail in ways of its own ("{ a: 8" and a key on the next line).
        catch (Exception)
#pragma warning restore CA1031
        {
            var at = (int)Math.Min(scanner.CurrentPosition.Index, text.Length);
            return Failed(path, Rules.YamlSyntax, at, Math.Min(1, text.Length - at),
                "This is not valid YAML: a bracket, brace or quote that is opened above may not be closed");
        }
    }

    private static ParsedSpec Failed(string path, Rule rule, int start, int length, string message) =>
        new(path, null, SpecLocations.Empty, EquatableArray.Of(new LocatedDiagnostic(rule, SpecDiagnostic.Format(rule, message), new(path, start, length))));

    // The scanner reports a tab at a place of its own choosing, often the start of the file: look for it from there on.
    private static int? TabIndent(YamlException e, Scanner scanner, string text)
    {
        var from = (int)Math.Min(e.Start.Index > 0 ? e.Start.Index : scanner.CurrentPosition.Index, text.Length);
        if (!e.Message.Contains(" tab ") && !(from < text.Length && text[from] == '\t'))
        {
            return null;
        }

        for (var line = LineStart(text, from); line < text.Length; line = text.IndexOf('\n', line) is >= 0 and var end ? end + 1 : text.Length)
        {
            var indent = line;
            while (indent < text.Length && text[indent] == ' ')
            {
                indent++;
            }

            if (indent < text.Length && text[indent] == '\t')
            {
                return indent;
            }
        }

        return null;
    }

    private static int LineStart(string text, int index) => index == 0 ? 0 : text.LastIndexOf('\n', index - 1) + 1;

    // YamlDotNet's messages begin with a place of their own.
    private static string Explain(YamlException e)
    {
        var colon = e.Message.IndexOf("): ", StringComparison.Ordinal);
        return "This is not valid YAML: " + (colon >= 0 ? e.Message.Substring(colon + 3) : e.Message).TrimEnd('.');
    }

    private sealed class TreeBuilder(string path, string text)
    {
        private readonly Stack<Frame> open = new();
        private readonly List<NodeLocation> locations = [];
        private SpecNode? root;
        private int documents;
        private int nodes;
        private int contentEnd;

        public LocatedDiagnostic? Accept(ParsingEvent current)
        {
            switch (current)
            {
                case DocumentStart when ++documents > 1:
                    return Error(Rules.SeveralDocuments, current);
                case AnchorAlias:
                    return Error(Rules.AnchorOrAlias, current, "aliases (*name)");
                case NodeEvent { Anchor.IsEmpty: false } node:
                    return Error(Rules.AnchorOrAlias, Span(current) with { Length = node.Anchor.Value.Length + 1 }, "anchors (&name)");
                case NodeEvent { Tag.IsEmpty: false } node when !IsQuotedScalar(node):
                    return Error(Rules.AnchorOrAlias, current, "tags (!name)");
            }

            return current switch
            {
                MappingStart => Open(new Frame(NextPath(), current, NextKey(current), IsMapping: true)),
                SequenceStart => Open(new Frame(NextPath(), current, NextKey(current), IsMapping: false)),
                MappingEnd or SequenceEnd => Close(current),
                Scalar scalar => AcceptScalar(scalar),
                _ => null,
            };
        }

        public ParsedSpec Finish()
        {
            switch (root)
            {
                case SpecMapping mapping:
                    return new(path, mapping, new(locations), EquatableArray<LocatedDiagnostic>.Empty);
                case null or SpecScalar { IsNull: true }:
                    return Failed(path, Rules.MissingKey, "The file is empty: a spec starts with 'hrmgen: 1' and 'name: ...'");
                default:
                    return Failed(path, Rules.WrongType, $"A spec is a mapping of keys ('hrmgen: 1', 'name: ...'), not {root.Kind}");
            }
        }

        private static ParsedSpec Failed(string path, Rule rule, string message) =>
            new(path, null, SpecLocations.Empty, EquatableArray.Of(new LocatedDiagnostic(rule, SpecDiagnostic.Shown(message), new(path, 0, 0))));

        // The scanner tags a quoted scalar with the non-specific tag "!".
        private static bool IsQuotedScalar(NodeEvent node) => node is Scalar && node.Tag.IsNonSpecific;

        private LocatedDiagnostic? Open(Frame frame)
        {
            if (open.Count >= MaxDepth)
            {
                return Error(Rules.TooLarge, frame.Start, $"A spec nests at most {MaxDepth} levels deep");
            }

            open.Push(frame);
            return Count(frame.Start);
        }

        private LocatedDiagnostic? Close(ParsingEvent end)
        {
            var frame = open.Pop();
            SpecNode node = frame.IsMapping
                ? new SpecMapping(frame.Entries.ToEquatableArray())
                : new SpecSequence(frame.Items.ToEquatableArray());

            // A flow collection's end mark lies on its bracket, a block collection's where the next token starts: behind comments
            // and white space that are not its own.
            var flow = frame.Start is MappingStart { Style: MappingStyle.Flow } or SequenceStart { Style: SequenceStyle.Flow };
            contentEnd = flow ? Math.Min((int)end.End.Index + 1, text.Length) : contentEnd;
            var start = (int)frame.Start.Start.Index;
            var stop = Math.Max(start, contentEnd);
            var span = new SourceSpan(path, start, stop - start);
            locations.Add(new(frame.Path, frame.Key ?? span, span, -1));
            Attach(node);
            return null;
        }

        private LocatedDiagnostic? AcceptScalar(Scalar scalar)
        {
            if (open.Count > 0 && open.Peek() is { IsMapping: true, PendingKey: null } mapping)
            {
                if (mapping.Path.Length + scalar.Value.Length > MaxPath)
                {
                    return Error(Rules.TooLarge, scalar, $"A key and those around it have at most {MaxPath} characters together");
                }

                if (!mapping.Keys.Add(scalar.Value))
                {
                    return Error(Rules.DuplicateKey, scalar, scalar.Value);
                }

                mapping.PendingKey = scalar.Value;
                mapping.PendingKeySpan = Span(scalar);
                contentEnd = mapping.PendingKeySpan.Start + mapping.PendingKeySpan.Length;
                return Count(scalar);
            }

            // A block scalar's mark ends on the line below it.
            var span = Span(scalar);
            while (span.Length > 0 && scalar.Style is ScalarStyle.Literal or ScalarStyle.Folded && char.IsWhiteSpace(text[span.Start + span.Length - 1]))
            {
                span = span with { Length = span.Length - 1 };
            }

            contentEnd = span.Start + span.Length;
            var quotes = scalar.Style is ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted ? 1 : 0;
            var content = span.Start + quotes;
            var verbatim = content + scalar.Value.Length <= text.Length
                && string.CompareOrdinal(text, content, scalar.Value, 0, scalar.Value.Length) == 0;
            locations.Add(new(NextPath(), NextKey(scalar) ?? span, span, verbatim ? content : -1));
            Attach(new SpecScalar(scalar.Value, scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any)));
            return Count(scalar);
        }

        private void Attach(SpecNode node)
        {
            if (open.Count == 0)
            {
                root ??= node;
                return;
            }

            var parent = open.Peek();
            if (!parent.IsMapping)
            {
                parent.Items.Add(node);
                return;
            }

            // A collection as a key ("? [a]: b") has no pending key: nothing in the language is called that.
            if (parent.PendingKey is { } key)
            {
                parent.Entries.Add(new(key, node));
                parent.PendingKey = null;
            }
            else
            {
                parent.PendingKey = "?";
                parent.PendingKeySpan = null;
            }
        }

        private string NextPath()
        {
            if (open.Count == 0)
            {
                return "";
            }

            var parent = open.Peek();
            return parent.IsMapping ? NodePath.Key(parent.Path, parent.PendingKey ?? "?") : NodePath.Item(parent.Path, parent.Items.Count);
        }

        private SourceSpan? NextKey(ParsingEvent current) =>
            open.Count > 0 && open.Peek().IsMapping ? open.Peek().PendingKeySpan ?? Span(current) : null;

        private LocatedDiagnostic? Count(ParsingEvent current) =>
            ++nodes > MaxNodes ? Error(Rules.TooLarge, current, $"A spec has at most {MaxNodes} keys and values") : null;

        private LocatedDiagnostic Error(Rule rule, ParsingEvent at, params object[] arguments) => Error(rule, Span(at), arguments);

        private static LocatedDiagnostic Error(Rule rule, SourceSpan at, params object[] arguments) =>
            new(rule, SpecDiagnostic.Format(rule, arguments), at);

        private SourceSpan Span(ParsingEvent current)
        {
            var start = (int)Math.Min(current.Start.Index, text.Length);
            var end = (int)Math.Min(current.End.Index, text.Length);
            return new(path, start, Math.Max(0, end - start));
        }
    }

    private sealed record Frame(string Path, ParsingEvent Start, SourceSpan? Key, bool IsMapping)
    {
        public List<SpecEntry> Entries { get; } = [];

        public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);

        public List<SpecNode> Items { get; } = [];

        public string? PendingKey { get; set; }

        public SourceSpan? PendingKeySpan { get; set; }
    }
}
