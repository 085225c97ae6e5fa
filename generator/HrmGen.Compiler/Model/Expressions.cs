using System.Globalization;

namespace HrmGen.Compiler.Model;

/// <summary>A whole number that the spec wrote as a literal, a named constant or a formula of those.</summary>
/// <param name="Text">As written, valid in C# beside the emitted constants: <c>T</c>, <c>2 * n</c>, <c>3</c>.</param>
/// <param name="Value">What it comes to.</param>
public sealed record Count(string Text, int Value)
{
    /// <summary>A plain number.</summary>
    public static Count Of(int value) => new(Invariant.Text(value), value);

    /// <summary>True for a plain number.</summary>
    public bool IsLiteral => Text == Invariant.Text(Value);

    /// <summary>As a factor: in parentheses where it is a formula.</summary>
    public string AsFactor => Text.Contains(' ') ? $"({Text})" : Text;

    /// <summary>This plus a number, in the shortest form that still names the constant: <c>T - 1</c> plus -1 is <c>T - 2</c>.</summary>
    public Count Plus(int delta)
    {
        if (IsLiteral)
        {
            return Of(Value + delta);
        }

        var (name, offset) = (Text, 0);
        var cut = Math.Max(Text.LastIndexOf(" - ", StringComparison.Ordinal), Text.LastIndexOf(" + ", StringComparison.Ordinal));
        if (cut > 0 && Text.IndexOf(' ') == cut && int.TryParse(Text.Substring(cut + 3), NumberStyles.None, CultureInfo.InvariantCulture, out var last))
        {
            (name, offset) = (Text.Substring(0, cut), Text[cut + 1] == '-' ? -last : last);
        }

        var total = offset + delta;
        var text = total == 0 ? name : total < 0 ? $"{name} - {Invariant.Text(-total)}" : $"{name} + {Invariant.Text(total)}";
        return new(text, Value + delta);
    }
}

/// <summary>Which element of an indexed latent: a loop variable plus an offset, or a constant; elements count from 1.</summary>
/// <param name="Variable">The loop variable, or null for a constant.</param>
/// <param name="Offset">Added to the variable; 0 for a constant.</param>
/// <param name="Constant">The constant, or null with a variable.</param>
public sealed record ElementIndex(string? Variable, int Offset, Count? Constant);

/// <summary>A latent, or one element of an indexed one.</summary>
public sealed record LatentRef(string Name, ElementIndex? Index);

/// <summary>The right-hand side of an update. Parentheses as written fix the order of evaluation.</summary>
public abstract record Expression
{
    /// <summary>This and everything inside of it.</summary>
    public IEnumerable<Expression> Flatten() => this switch
    {
        Sum sum => sum.Terms.SelectMany(t => t.Flatten()).Prepend(this),
        Scale scale => scale.Term.Flatten().Prepend(this),
        Call call => call.Argument.Flatten().Prepend(this),
        _ => [this],
    };
}

/// <summary>A sum, added up from left to right.</summary>
public sealed record Sum(EquatableArray<Expression> Terms) : Expression;

/// <summary>The present value of a latent.</summary>
public sealed record ReadLatent(LatentRef Latent) : Expression;

/// <summary><c>sum(z)</c>: all elements of an indexed latent, added up from the first to the last.</summary>
public sealed record SumElements(string Latent) : Expression;

/// <summary><c>x</c>, the embedded input.</summary>
public sealed record Input : Expression;

/// <summary><c>noise(std)</c>: fresh Gaussian noise in the shape of a latent.</summary>
public sealed record Noise(double Std) : Expression;

/// <summary><c>c * term</c>.</summary>
public sealed record Scale(double Factor, Expression Term) : Expression;

/// <summary><c>net(expr)</c>.</summary>
public sealed record Call(string Network, Expression Argument) : Expression;

/// <summary>A value that the hoisting pass computes once, ahead of a loop that does not change it.</summary>
/// <param name="Name">The local that holds it.</param>
/// <param name="Written">What the spec wrote there.</param>
public sealed record ReadHoisted(string Name, Expression Written) : Expression;
