namespace HrmGen.Compiler.Model;

/// <summary>One pass of the recursion as the spec wrote it, before any pass of the compiler.</summary>
/// <param name="Constants">Named constants of <c>recursion.let</c>.</param>
/// <param name="Latents">The latents in the order of the spec.</param>
/// <param name="Body">The statements.</param>
/// <param name="Gradient">Which updates are recorded.</param>
public sealed record RecursionProgram(
    EquatableArray<NamedConstant> Constants, EquatableArray<Latent> Latents, EquatableArray<Statement> Body, GradientMode Gradient)
{
    /// <summary>A latent by name.</summary>
    public Latent this[string name] => Latents.First(l => l.Name == name);
}

/// <summary>A constant of <c>recursion.let</c>, with the value of one phase of training.</summary>
public sealed record NamedConstant(string Name, int Value);

/// <summary>How a latent starts, before the first supervision step on an example.</summary>
public enum LatentInit
{
    /// <summary>One fixed random vector, not learned (the published form).</summary>
    Buffer,

    /// <summary>One learned vector.</summary>
    Learned,

    /// <summary>Zeros.</summary>
    Zeros,

    /// <summary>Values drawn anew for each example, position and channel.</summary>
    Random,
}

/// <summary>A latent.</summary>
/// <param name="Name">The spec's name.</param>
/// <param name="Count">Number of elements of an indexed latent, or null for a plain one.</param>
/// <param name="Init">Its initial value.</param>
/// <param name="Std">Standard deviation of the initial value.</param>
/// <param name="StateDict">Name in a checkpoint; holds <c>{i}</c> for an indexed latent.</param>
public sealed record Latent(string Name, Count? Count, LatentInit Init, double Std, string StateDict)
{
    /// <summary>True where a checkpoint holds a vector that it starts from.</summary>
    public bool HasVector => Init is LatentInit.Buffer or LatentInit.Learned;

    /// <summary>Number of tensors: the elements of an indexed latent, or 1.</summary>
    public int Elements => Count?.Value ?? 1;

    /// <summary>The checkpoint name of an element, counted from 1.</summary>
    public string StateDictOf(int element) => StateDict.Replace("{i}", Invariant.Text(element));
}

/// <summary>A statement of the recursion.</summary>
public abstract record Statement
{
    /// <summary>The updates in some statements, in the order in which they are written.</summary>
    public static IEnumerable<Update> Updates(IEnumerable<Statement> statements) => statements.SelectMany(s => s switch
    {
        Update update => [update],
        Loop loop => Updates(loop.Body),
        Every every => Updates(every.Body),
        _ => [],
    });

    /// <summary>Whether some loop in some statements may end before its last iteration.</summary>
    public static bool EndsEarly(IEnumerable<Statement> statements) => statements.Any(s => s switch
    {
        Loop loop => loop.Until is not null || EndsEarly(loop.Body),
        Every every => EndsEarly(every.Body),
        _ => false,
    });
}

/// <summary><c>target = value</c>.</summary>
/// <param name="Target">The latent that is replaced.</param>
/// <param name="Value">Its new value.</param>
/// <param name="Node">Path of the equation in the spec, for diagnostics.</param>
public sealed record Update(LatentRef Target, Expression Value, string Node) : Statement;

/// <summary><c>repeat: n</c> (without a variable) or <c>for: i in a..b</c>.</summary>
/// <param name="Variable">The loop variable, or null.</param>
/// <param name="Counter">Name of the emitted counter: the variable, or cycle, step, ... by depth.</param>
/// <param name="First">First value of the counter; it moves on by 1.</param>
/// <param name="Last">Last value, included.</param>
/// <param name="Origin">The counter's value in the first iteration of the loop as the spec wrote it; <c>every</c> counts from there.</param>
/// <param name="Body">What is repeated.</param>
/// <param name="Until">Ends the loop early, or null.</param>
public sealed record Loop(string? Variable, string Counter, Count First, Count Last, Count Origin, EquatableArray<Statement> Body, Until? Until = null) : Statement
{
    /// <summary>Number of iterations.</summary>
    public int Iterations => Math.Max(0, Last.Value - First.Value + 1);

    /// <summary>How often it has run, this iteration included, as C#: what <c>every</c> inside of it counts by.</summary>
    public string Ordinal => Origin.Value == 1 ? Counter : $"({Counter} - {Origin.Plus(-1).Text})";
}

/// <summary><c>until: residual &lt; eps</c>: the loop ends after an iteration that changed the latents by less than that.</summary>
/// <param name="Epsilon">The residual below which they count as settled.</param>
/// <param name="Node">Path of the loop in the spec, by which its residual is reported.</param>
public sealed record Until(double Epsilon, string Node);

/// <summary><c>every: k</c>: in every k-th iteration of the loop around it, the k-th, 2k-th and so on.</summary>
public sealed record Every(Count Period, EquatableArray<Statement> Body) : Statement;

/// <summary>A value computed ahead of a loop; only the hoisting pass makes these.</summary>
public sealed record Hoist(string Name, Expression Value) : Statement;

/// <summary>Which suffix of the executed updates is recorded for the gradient.</summary>
public enum GradientKind
{
    /// <summary>The shortest suffix that holds the last update of every latent (HRM's 1-step approximation).</summary>
    OneStep,

    /// <summary>The last iteration of the outermost loop (TRM).</summary>
    LastCycle,

    /// <summary>The last k updates.</summary>
    LastUpdates,

    /// <summary>All updates.</summary>
    Full,

    /// <summary>The program again and again until the latents settle; then the last update of every latent is recorded.</summary>
    FixedPoint,
}

/// <summary>The gradient mode.</summary>
/// <param name="Kind">The rule.</param>
/// <param name="Updates">k of <c>{ last_updates: k }</c>, the most updates of <c>fixed_point</c>, else 0.</param>
/// <param name="Tolerance">Of <c>fixed_point</c>, else 0.</param>
public sealed record GradientMode(GradientKind Kind, int Updates, double Tolerance = 0)
{
    /// <summary>As the spec writes it.</summary>
    public string Text => Kind switch
    {
        GradientKind.OneStep => "one_step",
        GradientKind.LastCycle => "last_cycle",
        GradientKind.Full => "full",
        GradientKind.FixedPoint => $"{{ fixed_point: {{ tolerance: {Invariant.Text(Tolerance)}, max_updates: {Invariant.Text(Updates)} }} }}",
        _ => $"{{ last_updates: {Invariant.Text(Updates)} }}",
    };
}
