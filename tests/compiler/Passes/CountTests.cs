using System.Globalization;
using HrmGen.Compiler.Model;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace HrmGen.Compiler.Tests.Passes;

/// <summary>Counts keep the constant's name and the right value.</summary>
public sealed class CountTests
{
    [Theory]
    [InlineData("7", 7, -1, "6")]
    [InlineData("0", 0, -1, "-1")]
    [InlineData("T", 3, -1, "T - 1")]
    [InlineData("T", 3, 0, "T")]
    [InlineData("T", 3, 2, "T + 2")]
    [InlineData("T - 1", 2, -1, "T - 2")]
    [InlineData("T - 1", 2, 1, "T")]
    [InlineData("T - 1", 2, 3, "T + 2")]
    [InlineData("T + 2", 5, -1, "T + 1")]
    [InlineData("T + 2", 5, -2, "T")]
    [InlineData("2 * n", 12, -1, "2 * n - 1")]
    [InlineData("2 * n - 1", 11, -1, "2 * n - 1 - 1")]
    [InlineData("T - n", 3, -1, "T - n - 1")]
    [InlineData("(T - 1) * 2", 4, 1, "(T - 1) * 2 + 1")]
    public void Plus(string text, int value, int delta, string expected)
    {
        var sum = new Count(text, value).Plus(delta);
        Assert.Equal((expected, value + delta), (sum.Text, sum.Value));
    }

    /// <summary>The text is C# and comes to the value, for formulas as the equation parser builds them.</summary>
    [Theory]
    [InlineData("T + n * 2")]
    [InlineData("(T + n) * 2")]
    [InlineData("2 * (T - 1) - n")]
    [InlineData("T - (n - 8)")]
    [InlineData("T - (1 - 3)")]
    [InlineData("n * (1 - 3) + 20")]
    [InlineData("2 * 3 + T")]
    [InlineData("((n))")]
    [InlineData("10 - 2 - 3")]
    [InlineData("n - 1 - 1")]
    public void Formulas_mean_in_CSharp_what_they_mean_in_the_spec(string formula)
    {
        var scope = new Language.Scope { Constants = { ["T"] = 3, ["n"] = 6 } };
        var count = Language.CountParser.ParseCount(formula, scope);
        Assert.Equal(Evaluate(ParseExpression(formula)), count.Value);
        foreach (var delta in new[] { 0, -1, 1, 5 })
        {
            var sum = count.Plus(delta);
            Assert.Equal((count.Value + delta, count.Value + delta), (sum.Value, Evaluate(ParseExpression(sum.Text))));
        }
    }

    private static int Evaluate(ExpressionSyntax expression) => expression switch
    {
        LiteralExpressionSyntax literal => int.Parse(literal.Token.Text, CultureInfo.InvariantCulture),
        IdentifierNameSyntax { Identifier.Text: "T" } => 3,
        IdentifierNameSyntax { Identifier.Text: "n" } => 6,
        ParenthesizedExpressionSyntax inner => Evaluate(inner.Expression),
        PrefixUnaryExpressionSyntax minus => -Evaluate(minus.Operand),
        BinaryExpressionSyntax { OperatorToken.Text: "+" } sum => Evaluate(sum.Left) + Evaluate(sum.Right),
        BinaryExpressionSyntax { OperatorToken.Text: "-" } difference => Evaluate(difference.Left) - Evaluate(difference.Right),
        BinaryExpressionSyntax { OperatorToken.Text: "*" } product => Evaluate(product.Left) * Evaluate(product.Right),
        _ => throw new InvalidOperationException(expression.ToString()),
    };
}
