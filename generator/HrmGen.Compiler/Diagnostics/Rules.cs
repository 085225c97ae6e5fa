namespace HrmGen.Compiler.Diagnostics;

/// <summary>The table of everything that the compiler can find wrong with a spec.</summary>
public static class Rules
{
    // Text and YAML
    public static readonly Rule YamlSyntax = new("HRM0001", "The file is not YAML", "{0}");
    public static readonly Rule AnchorOrAlias = new("HRM0002", "Anchors, aliases and tags are not part of the language",
        "YAML {0} are not part of the language: write the value out, or move what specs share into a base and use 'extends'");
    public static readonly Rule SeveralDocuments = new("HRM0003", "One file holds one model",
        "A spec file holds one YAML document; move the second one into a file of its own");
    public static readonly Rule DuplicateKey = new("HRM0004", "A key stands twice", "The key '{0}' stands twice in this mapping; remove one");
    public static readonly Rule TooLarge = new("HRM0005", "The spec exceeds a limit", "{0}");

    // Keys and values
    public static readonly Rule UnknownKey = new("HRM0010", "Unknown key", "Unknown key '{0}' in {1}{2}");
    public static readonly Rule MissingKey = new("HRM0011", "A required key is missing", "{0} needs the key '{1}': {2}");
    public static readonly Rule WrongType = new("HRM0012", "A value of the wrong type", "'{0}' takes {1}, not {2}");
    public static readonly Rule OutOfRange = new("HRM0013", "A value out of range", "'{0}' takes {1}; it is {2}");
    public static readonly Rule UnknownChoice = new("HRM0014", "Unknown value", "'{0}' is not a value of '{1}'{2}");
    public static readonly Rule InvalidName = new("HRM0015", "Not a usable name", "'{0}' cannot be a name: {1}");
    public static readonly Rule DuplicateModel = new("HRM0016", "Two specs share a name",
        "Another spec of this compilation is named '{0}' too: {1}; rename one, or give one a namespace of its own (HrmNamespace)");
    public static readonly Rule UnknownBase = new("HRM0017", "'extends' names no base", "There is no base '{0}'{1}");
    public static readonly Rule UnknownVersion = new("HRM0018", "Unknown version of the language",
        "This compiler reads version 1 of the spec language ('hrmgen: 1'), not '{0}'");

    // The recursion program
    public static readonly Rule EquationSyntax = new("HRM0020", "An equation does not parse", "{0}");
    public static readonly Rule UnknownSymbol = new("HRM0021", "Unknown name in an equation", "There is no {0} '{1}'{2}");
    public static readonly Rule IndexOutOfRange = new("HRM0022", "An index out of bounds", "'{0}' has the elements 1 to {1}; this reaches {2}");
    public static readonly Rule IndexMisuse = new("HRM0023", "An index is missing or too many", "{0}");
    public static readonly Rule NetworkNeverCalled = new("HRM0024", "A network is never called", "The network '{0}' is declared but no equation calls it; call it, or remove it");
    public static readonly Rule LatentNeverUsed = new("HRM0025", "A latent is never used", "The latent '{0}' is declared but no equation names it; use it, or remove it");
    public static readonly Rule StatementForm = new("HRM0026", "Not a statement", "{0}");
    public static readonly Rule EveryOutsideLoop = new("HRM0027", "'every' outside of a loop", "'every' counts the iterations of the loop around it; there is none here");
    public static readonly Rule ProgramTooLong = new("HRM0028", "The recursion is too long",
        "One pass of this program executes more than {0} updates; lower the loop counts");
    public static readonly Rule OverwrittenUpdate = new("HRM0029", "An update without effect",
        "The value that this update gives '{0}' is overwritten before anything reads it; it is left out of the emitted code", Severity.Warning);

    // The gradient
    public static readonly Rule InputUnreachable = new("HRM0030", "The input gets no gradient",
        "The {0} update(s) that 'gradient: {1}' records do not read x on a path to the answer, so the embeddings would never be trained; record more updates (e.g. last_cycle)");
    public static readonly Rule NetworkUntrained = new("HRM0031", "A network gets no gradient",
        "No update that 'gradient: {0}' records calls the network '{1}' on a path to the answer: its weights would never be trained", Severity.Warning);
    public static readonly Rule GradientWindow = new("HRM0032", "The gradient mode does not fit the program", "{0}");

    // Sizes
    public static readonly Rule NotDivisible = new("HRM0040", "A size does not divide another",
        "hidden_size {0} is not a multiple of num_heads {1}; change one, or give head_dim");
    public static readonly Rule RotaryDim = new("HRM0041", "Rotary positions do not divide head_dim", "{0}, so head_dim must be {1}; it is {2}");
    public static readonly Rule PuzzleTokensTooFew = new("HRM0042", "The puzzle embedding does not fit its tokens",
        "{0} puzzle token(s) of size {1} hold {2} numbers, fewer than the dim {3}; give at least {4} tokens");
    public static readonly Rule PositionOutOfRange = new("HRM0043", "A position outside of the sequence",
        "Position {0} lies outside of the {1} positions (puzzle tokens and cells) of this model");
    public static readonly Rule NoContinueOutput = new("HRM0044", "There is no q_continue",
        "{0} needs q_continue, but 'heads.q.outputs: 1' leaves only q_halt; remove 'outputs'");
    public static readonly Rule Contradiction = new("HRM0045", "Two settings contradict each other", "{0}");
    public static readonly Rule WithoutEffect = new("HRM0050", "A setting without effect", "'{0}' has no effect: {1}", Severity.Warning);
    public static readonly Rule InvalidOverride = new("HRM0051", "HrmSet does not parse", "HrmSet: {0}");

    public static readonly Rule NotFused = new("HRM0052", "A spec without a fused form",
        "This model has no fused form and runs in the reference lowering: {0}", Severity.Info);
    public static readonly Rule UnknownLowering = new("HRM0053", "Unknown lowering", "There is no lowering '{0}': HrmLowering (and HrmGenLowering, for a whole project) is 'reference' or 'fused'");

    // Training over time, and loops that end at run time
    public static readonly Rule InvalidSchedule = new("HRM0060", "A schedule does not parse",
        "'{0}' cannot stand here: a schedule begins at 0 and goes on in growing shares of training below 1, as in {{ at: {{ 0: 1, 0.3: 2 }} }}");
    public static readonly Rule ScheduleUse = new("HRM0061", "A schedule where none can be", "{0}");
    public static readonly Rule UntilForm = new("HRM0062", "A loop that ends by its residual is not formed right", "{0}");
    public static readonly Rule UnknownGroup = new("HRM0063", "A group of no weights", "No weights are called '{0}'{1}");

    // Composition
    public static readonly Rule ExtendsCycle = new("HRM0070", "'extends' goes in a circle", "'extends' goes in a circle: {0}");
    public static readonly Rule BrokenBase = new("HRM0071", "The base has errors", "The base '{0}' has errors of its own; this spec is compiled once they are mended");
    public static readonly Rule MatrixBase = new("HRM0072", "A matrix cannot be extended",
        "The base '{0}' has a matrix, so it is several models and none that can be extended; move what they share into a base of its own");
    public static readonly Rule MatrixForm = new("HRM0073", "Not a matrix", "{0}");
    public static readonly Rule ListedTwice = new("HRM0074", "The project lists a spec file twice",
        "The project lists this file more than once, so its types would be emitted twice; add metadata to a listed file with Update, not with Include");

    /// <summary>A defect of the compiler itself: reported, never thrown, because a generator that throws is silently dropped.</summary>
    public static readonly Rule InternalError = new("HRM0099", "The compiler failed",
        "The HrmGen compiler failed on this spec ({0}); please report it with the file. Nothing was emitted for it");

    /// <summary>All rules, in order of id.</summary>
    public static readonly IReadOnlyList<Rule> All =
    [
        YamlSyntax, AnchorOrAlias, SeveralDocuments, DuplicateKey, TooLarge,
        UnknownKey, MissingKey, WrongType, OutOfRange, UnknownChoice, InvalidName, DuplicateModel, UnknownBase, UnknownVersion,
        EquationSyntax, UnknownSymbol, IndexOutOfRange, IndexMisuse, NetworkNeverCalled, LatentNeverUsed, StatementForm, EveryOutsideLoop,
        ProgramTooLong, OverwrittenUpdate,
        InputUnreachable, NetworkUntrained, GradientWindow,
        NotDivisible, RotaryDim, PuzzleTokensTooFew, PositionOutOfRange, NoContinueOutput, Contradiction, WithoutEffect, InvalidOverride, NotFused, UnknownLowering,
        InvalidSchedule, ScheduleUse, UntilForm, UnknownGroup,
        ExtendsCycle, BrokenBase, MatrixBase, MatrixForm, ListedTwice,
        InternalError,
    ];
}
