using HrmGen.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HrmGen.Optimizers;

/// <summary>
/// Muon for the matrices of the networks: the running mean of the gradient, brought close to an orthogonal matrix by Newton-Schulz
/// iterations; AdamW for everything else (embeddings, heads, vectors).
/// </summary>
/// <remarks>
/// Source: K. Jordan's Muon as <c>torch.optim.Muon</c> of PyTorch has it: Nesterov momentum, five steps in bfloat16 (float64 stays
/// float64), the decay before the update at the unscaled rate; a parameter without a gradient is skipped. A fused projection (queries,
/// keys and values; gate and up) counts as one matrix.
/// </remarks>
public sealed class Muon : Optimizer
{
    private const int Steps = 5;
    private const double Epsilon = 1e-7;

    private readonly AdamW rest;
    private readonly Matrix[] matrices;
    private readonly MuonOptions options;
    private readonly double perRate;

    /// <summary>Divides the parameters between the two.</summary>
    /// <param name="parameters">All parameters, with unique names.</param>
    /// <param name="networks">What the names of the networks' parameters begin with; of these the matrices are Muon's.</param>
    /// <param name="training">Settings of both.</param>
    /// <exception cref="HrmGenException">The learning rate of the rest is 0, so that nothing says how the matrices' rate follows its schedule.</exception>
    public Muon(IEnumerable<(string name, Parameter parameter)> parameters, IReadOnlyList<string> networks, TrainingOptions training) : base(parameters)
    {
        ArgumentNullException.ThrowIfNull(networks);
        ArgumentNullException.ThrowIfNull(training);
        options = training.Muon ?? new MuonOptions { WeightDecay = training.WeightDecay };
        ArgumentOutOfRangeException.ThrowIfNegative(options.WeightDecay);
        if (options.LearningRate > 0 && training.LearningRate == 0)
        {
            throw new HrmGenException("Muon's learning rate follows the schedule of the rest's, which is 0; freeze the rest by groups instead");
        }

        perRate = training.LearningRate == 0 ? 0 : options.LearningRate / training.LearningRate;
        bool Takes((string name, Parameter parameter) p) => p.parameter.dim() == 2 && networks.Any(n => p.name.StartsWith(n, StringComparison.Ordinal));
        matrices = [.. Parameters.Select((p, i) => (p, i)).Where(p => Takes(p.p)).Select(p => new Matrix(p.p.name, p.p.parameter, p.i, 1 - options.Momentum))];
        rest = new AdamW(Parameters.Where(p => !Takes(p)), training.Beta1, training.Beta2, training.WeightDecay);
    }

    /// <summary>"momentum_buffer" of each matrix in its shape and dtype, then the state of the AdamW of the rest.</summary>
    public override IEnumerable<(string name, Tensor tensor)> State => matrices.Select(m => ("momentum_buffer." + m.Name, m.Momentum)).Concat(rest.State);

    /// <inheritdoc/>
    public override void Step(double lr)
    {
        using var _ = no_grad();
        StepCount++;
        if (Rates is { } rates)
        {
            var taken = matrices.Select(m => m.Index).ToHashSet();
            rest.Rates ??= [.. rates.Where((_, i) => !taken.Contains(i))];
        }

        rest.Step(lr);
        foreach (var matrix in matrices)
        {
            Update(matrix, lr * perRate);
        }
    }

    private void Update(Matrix matrix, double lr)
    {
        using var scope = NewDisposeScope();
        var (parameter, momentum) = (matrix.Parameter, matrix.Momentum);
        if (parameter.grad is not { } grad)
        {
            return;
        }

        var (scale, ownDecay) = Rates?[matrix.Index] ?? (1, null);
        var rate = scale * lr;
        momentum.lerp_(grad, matrix.Take);
        var update = Orthogonal(grad.lerp(momentum, matrix.Keep));
        var (rows, columns) = ((double)parameter.size(0), (double)parameter.size(1));
        var factor = options.MatchesAdamW ? 0.2 * Math.Sqrt(Math.Max(rows, columns)) : Math.Sqrt(Math.Max(1, rows / columns));
        parameter.mul_(1 - (rate * (ownDecay ?? options.WeightDecay)));
        parameter.add_(update.to(parameter.dtype), -rate * factor);
    }

    /// <summary>
    /// A matrix with the same singular vectors whose singular values lie near 1: five Newton-Schulz steps of a quintic whose slope at 0
    /// is large (3.4445, -4.7750, 2.0315).
    /// </summary>
    internal static Tensor Orthogonal(Tensor matrix)
    {
        const double a = 3.4445, b = -4.7750, c = 2.0315;
        using var scope = NewDisposeScope();
        var x = matrix.dtype == ScalarType.Float64 ? matrix : matrix.to(ScalarType.BFloat16);
        var tall = x.size(0) > x.size(1);
        x = tall ? x.t() : x;
        x = x / x.norm().clamp_min(Epsilon);
        for (var step = 0; step < Steps; step++)
        {
            var square = x.matmul(x.t());
            var polynomial = (b * square) + (c * square.matmul(square));
            x = (a * x) + polynomial.matmul(x);
        }

        return (tall ? x.t() : x).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            rest.Dispose();
            foreach (var matrix in matrices)
            {
                matrix.Take.Dispose();
                matrix.Keep.Dispose();
            }
        }
    }

    private sealed class Matrix
    {
        public Matrix(string name, Parameter parameter, int index, double take)
        {
            using var _ = no_grad();
            (Name, Parameter, Index) = (name, parameter, index);
            Momentum = zeros_like(parameter).DetachFromDisposeScope();

            // TorchSharp's lerp takes its weight as a tensor only.
            Take = tensor(take, parameter.dtype, parameter.device).DetachFromDisposeScope();
            Keep = tensor(1 - take, parameter.dtype, parameter.device).DetachFromDisposeScope();
        }

        public string Name { get; }

        public Parameter Parameter { get; }

        public int Index { get; }

        public Tensor Momentum { get; }

        public Tensor Take { get; }

        public Tensor Keep { get; }
    }
}
