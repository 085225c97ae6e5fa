using System.Globalization;

namespace HrmGen.Compiler.Diagnostics;

/// <summary>Which part of a node a finding points at.</summary>
public enum Anchor
{
    /// <summary>The node's value.</summary>
    Value,

    /// <summary>The node's key in its mapping.</summary>
    Key,
}

/// <summary>A finding about a node of a spec, named by its path and free of file positions.</summary>
/// <param name="Rule">The row of the table.</param>
/// <param name="Node">Path of the node, as in <c>recursion.program[0].do[1]</c>; empty for the whole spec.</param>
/// <param name="Message">The finished message.</param>
/// <param name="Anchor">Key or value of the node.</param>
/// <param name="Offset">First character inside a scalar's text, for findings inside an equation; -1 for the whole node.</param>
/// <param name="Length">Characters from <paramref name="Offset"/>.</param>
/// <remarks>Positions would change with every comment edit and so end all caching downstream; they are joined in at the very end.</remarks>
public sealed record SpecDiagnostic(Rule Rule, string Node, string Message, Anchor Anchor = Anchor.Value, int Offset = -1, int Length = 0)
{
    internal static SpecDiagnostic At(Rule rule, string node, params object[] arguments) => new(rule, node, Format(rule, arguments));

    internal static SpecDiagnostic AtKey(Rule rule, string node, params object[] arguments) => new(rule, node, Format(rule, arguments), Anchor.Key);

    internal static string Format(Rule rule, params object[] arguments) =>
        string.Format(CultureInfo.InvariantCulture, rule.Message, arguments.Select(a => a is string text ? Shown(text) : a).ToArray());

    /// <summary>Characters of one argument in a message at most.</summary>
    internal const int MaxShown = 500;

    // Build logs hold a message on one line, and what a spec says in it can be a megabyte of anything.
    internal static string Shown(string text) => OneLine.Of(text.Length <= MaxShown ? text : text.Substring(0, MaxShown) + "...");
}

/// <summary>A finding at its place in a file.</summary>
/// <param name="Rule">The row of the table.</param>
/// <param name="Message">The finished message.</param>
/// <param name="Span">File and characters.</param>
public sealed record LocatedDiagnostic(Rule Rule, string Message, SourceSpan Span);

/// <summary>A range of characters in a file.</summary>
/// <param name="Path">The file as the compiler was given it, or the name of a preset such as <c>hrmgen:trm</c>.</param>
/// <param name="Start">First character, from 0.</param>
/// <param name="Length">Number of characters.</param>
public sealed record SourceSpan(string Path, int Start, int Length)
{
    /// <summary>Whether another range lies within this one.</summary>
    public bool Contains(SourceSpan other) => Path == other.Path && Start <= other.Start && other.Start + other.Length <= Start + Length;
}
