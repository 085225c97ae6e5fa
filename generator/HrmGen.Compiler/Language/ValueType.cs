namespace HrmGen.Compiler.Language;

/// <summary>What a key takes: the type column of the table of keys.</summary>
internal abstract record ValueType
{
    /// <summary>For messages: "a whole number from 1 to 64".</summary>
    public abstract string Description { get; }
}

/// <summary>A whole number.</summary>
internal sealed record IntegerType(long Min, long Max) : ValueType
{
    public override string Description => Max == long.MaxValue || Max == int.MaxValue
        ? $"a whole number of at least {Invariant.Text(Min)}"
        : $"a whole number from {Invariant.Text(Min)} to {Invariant.Text(Max)}";
}

/// <summary>A number; an exclusive minimum is written as such.</summary>
internal sealed record NumberType(double Min, double Max, bool ExclusiveMin = false) : ValueType
{
    public override string Description => double.IsPositiveInfinity(Max)
        ? $"a number {(ExclusiveMin ? "above" : "of at least")} {Short(Min)}"
        : $"a number {(ExclusiveMin ? "above" : "from")} {Short(Min)} {(ExclusiveMin ? "and at most" : "to")} {Short(Max)}";

    private static string Short(double value) => Invariant.Text(value).Replace(".0", "");
}

/// <summary>True or false.</summary>
internal sealed record FlagType : ValueType
{
    public override string Description => "true or false";
}

/// <summary>Any text on one line.</summary>
internal sealed record TextType : ValueType
{
    public override string Description => "a text";
}

/// <summary>A name that is valid in C# and in equations.</summary>
internal sealed record NameType(bool Dotted = false) : ValueType
{
    public override string Description => Dotted ? "a dotted name" : "a name (letters, digits and _, not starting with a digit)";
}

/// <summary>One of some words.</summary>
internal sealed record ChoiceType(params string[] Values) : ValueType
{
    public override string Description => Values.Length == 1 ? $"'{Values[0]}'" : "one of " + string.Join(", ", Values);
}

/// <summary>A mapping with keys of its own.</summary>
/// <param name="Name">What messages call it: "block".</param>
/// <param name="Keys">Its keys.</param>
internal sealed record MapType(string Name, params Key[] Keys) : ValueType
{
    public override string Description => $"a mapping ({string.Join(", ", Keys.Take(3).Select(k => k.Name))}{(Keys.Length > 3 ? ", ..." : "")})";

    public Key? Find(string name) => Keys.FirstOrDefault(k => k.Name == name);
}

/// <summary>A mapping whose keys the author names.</summary>
internal sealed record NamedMapType(string Entry, ValueType Value) : ValueType
{
    public override string Description => $"a mapping from names to {Entry}";
}

/// <summary>A list.</summary>
internal sealed record ListType(ValueType Element, int Min = 0, int Max = int.MaxValue) : ValueType
{
    public override string Description => Min == Max ? $"a list of {Invariant.Text(Min)}, each {Element.Description}" : $"a list, each element {Element.Description}";
}

/// <summary>The first alternative that a node's shape fits.</summary>
internal sealed record EitherType(params ValueType[] Alternatives) : ValueType
{
    public override string Description => string.Join(", or ", Alternatives.Select(a => a.Description));
}

/// <summary>A value over the progress of training: <c>{ at: { 0: 1, 0.3: 2 } }</c>, each from its share of all optimizer steps on.</summary>
internal sealed record ScheduleType(ValueType Value) : ValueType
{
    /// <summary>The only key.</summary>
    public const string At = "at";

    /// <summary>Phases of one schedule at most.</summary>
    public const int MaxPhases = 100;

    public override string Description => $"a schedule, as in {{ at: {{ 0: 1, 0.5: 2 }} }}";
}

/// <summary>The statements of a program, each an equation or one of <see cref="KeyTable.Statement"/>.</summary>
internal sealed record StatementsType : ValueType
{
    public override string Description => "a list of statements";
}

/// <summary>The axes of a matrix, which the linker reads: from dotted keys to lists of values, or to values by label.</summary>
internal sealed record MatrixType : ValueType
{
    public override string Description => "a mapping from dotted keys to lists of values, or to mappings from labels to values";
}

/// <summary>A node that a parser of its own reads: an equation, a statement, a count.</summary>
/// <param name="What">For messages.</param>
/// <param name="IsScalar">Whether it is always text or a number; false where it can be a mapping or a list.</param>
internal sealed record CustomType(string What, bool IsScalar = true) : ValueType
{
    public override string Description => What;
}

/// <summary>One row of the table of keys.</summary>
/// <param name="Name">The key.</param>
/// <param name="Type">What it takes.</param>
/// <param name="Doc">What it means, for the reference, the schema and messages.</param>
/// <param name="Default">What absence means, in words; null where the key is required.</param>
/// <param name="Official">Names of the same thing in the official configurations, for suggestions.</param>
internal sealed record Key(string Name, ValueType Type, string Doc, string? Default = "absent", params string[] Official)
{
    public bool Required => Default is null;
}
