using System.Globalization;
using HrmGen.Checkpoints;
using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Parity;

/// <summary>Compares tensors with the golden ones by the rules of the fixtures, and keeps the score.</summary>
internal sealed class Comparer(string caseName, CaseConfig? config, FixtureTensors golden, TextWriter output)
{
    private double sumOfRates;

    /// <summary>Golden tensors that were compared.</summary>
    public int Compared { get; private set; }

    /// <summary>Those that differ by more than the rule allows, are missing, or have another shape.</summary>
    public int Outside { get; private set; }

    /// <summary>Sum of the learning rates so far: how far an element whose gradient's sign flipped may have moved.</summary>
    public void AddRate(double rate) => sumOfRates += rate;

    /// <summary>Compares with a golden tensor, where there is one of that name.</summary>
    public void Check(string name, Tensor? actual)
    {
        using var scope = NewDisposeScope();
        if (golden.TakeOrNull(name) is { } expected)
        {
            Compare(name, expected, actual, config?.ToleranceOf(name));
        }
    }

    /// <summary>Compares with a golden tensor at a tolerance of its own.</summary>
    public void Check(string name, Tensor? actual, double tolerance)
    {
        using var scope = NewDisposeScope();
        if (golden.TakeOrNull(name) is { } expected)
        {
            Compare(name, expected, actual, tolerance);
        }
    }

    /// <summary>Compares weights after optimizer steps: 99.9 % of the elements by the rule, all within 2.5 times the sum of the rates.</summary>
    public void CheckAfter(string name, Tensor? actual)
    {
        using var scope = NewDisposeScope();
        if (golden.TakeOrNull(name) is not { } expected)
        {
            return;
        }

        if (!Comparable(name, expected, actual))
        {
            return;
        }

        var difference = (actual!.to(float64) - expected.to(float64)).abs();
        var tolerance = config?.ToleranceOf(name) ?? 0;
        if (config?.Rule == "bfloat16")
        {
            // Sign-like updates flip too often in bfloat16 for more than the mean.
            Score(name, difference.mean().item<double>(), tolerance);
            return;
        }

        var off = (difference > tolerance).sum().item<long>();
        var largest = difference.max().item<double>();
        var allowed = expected.numel() / 1000;
        Compared++;
        if (off > allowed || largest > Math.Max(tolerance, 2.5 * sumOfRates))
        {
            Fail(name, $"{off} of {expected.numel()} elements off by more than {Text(tolerance)} ({allowed} may be), the largest by {Text(largest)}");
        }
    }

    /// <summary>Compares the gradients that the last step left.</summary>
    public void CheckGradients(string step, IRecursiveModel model)
    {
        foreach (var (name, parameter) in model.Module.named_parameters())
        {
            Check($"{step}.grad.{StateDict.OfficialPrefix}{name}", parameter.grad);
        }

        Check($"{step}.grad.{StateDict.OfficialPrefix}puzzle_emb.local_weights", model.PuzzleEmbedding?.local_weights?.grad);
        Check($"{step}.puzzle_emb.local_ids", model.PuzzleEmbedding?.local_ids);
    }

    /// <summary>Compares the whole state after the optimizer steps so far.</summary>
    public void CheckWeights(string step, IRecursiveModel model)
    {
        foreach (var (name, tensor) in StateDict.Of(model.Module))
        {
            CheckAfter($"{step}.after.{StateDict.OfficialPrefix}{name}", tensor);
        }
    }

    /// <summary>Compares a number with a golden scalar.</summary>
    public void CheckNumber(string name, double actual)
    {
        using var scope = NewDisposeScope();
        if (golden.TakeOrNull(name) is { } expected)
        {
            var value = expected.to(float64).item<double>();
            Score(name, Math.Abs(value - actual), 1e-13 * Math.Max(1e-3, Math.Abs(value)));
        }
    }

    /// <summary>Compares the first values of a curve, each at a tolerance of its own step.</summary>
    public void CheckCurve(string name, IReadOnlyList<double> actual, IReadOnlyList<double> expected, int steps, Func<int, double> tolerance)
    {
        if (expected.Count == 0)
        {
            return;
        }

        Compared++;
        for (var t = 0; t < steps; t++)
        {
            var difference = Math.Abs(actual[t] - expected[t]);
            if (!(difference <= tolerance(t)))
            {
                Fail(name, $"step {t} differs by {Text(difference)}, allowed are {Text(tolerance(t))}");
                return;
            }
        }
    }

    /// <summary>Compares two means by their ratio.</summary>
    public void CheckMean(string name, double actual, double expected, double tolerance)
    {
        Compared++;
        if (!(Math.Abs((actual / expected) - 1) <= tolerance))
        {
            Fail(name, $"{Text(actual)} against {Text(expected)}");
        }
    }

    /// <summary>Records a failure that is no difference.</summary>
    public void Fail(string name, string message)
    {
        Outside++;
        output.WriteLine($"{caseName}: {name}: {message}");
    }

    private void Compare(string name, Tensor expected, Tensor? actual, double? tolerance)
    {
        if (!Comparable(name, expected, actual))
        {
            return;
        }

        if (!expected.is_floating_point())
        {
            Compared++;
            var unequal = (actual!.to(expected.dtype) != expected).sum().item<long>();
            if (unequal > 0)
            {
                Fail(name, $"{unequal} of {expected.numel()} elements differ");
            }

            return;
        }

        if (tolerance is null)
        {
            Fail(name, "tolerance.json has no row for this tensor");
            return;
        }

        var difference = expected.numel() == 0 ? 0 : (actual!.to(float64) - expected.to(float64)).abs().max().item<double>();
        Score(name, difference, tolerance.Value);
    }

    private bool Comparable(string name, Tensor expected, Tensor? actual)
    {
        if (actual is null)
        {
            Compared++;
            Fail(name, "the model gives no such tensor");
            return false;
        }

        if (!actual.shape.SequenceEqual(expected.shape))
        {
            Compared++;
            Fail(name, $"shape [{string.Join(", ", actual.shape)}] instead of [{string.Join(", ", expected.shape)}]");
            return false;
        }

        return true;
    }

    private void Score(string name, double difference, double tolerance)
    {
        Compared++;
        if (!(difference <= tolerance))
        {
            Fail(name, $"differs by {Text(difference)}, allowed are {Text(tolerance)}");
        }
    }

    private static string Text(double value) => value.ToString("g4", CultureInfo.InvariantCulture);
}
