using System.Numerics;
using System.Runtime.CompilerServices;

namespace HrmGen.Kernels;

/// <summary>A parameter on its way through an optimizer: where its numbers lie, and what is its own of the step.</summary>
/// <param name="Parameter">Its first number.</param>
/// <param name="Gradient">The first of its gradient.</param>
/// <param name="Mean">The first of the running mean of the gradient.</param>
/// <param name="Square">The first of the running mean of its square.</param>
/// <param name="Count">Its numbers.</param>
/// <param name="Decay">What the parameter is multiplied by before the update.</param>
/// <param name="StepSize">The learning rate over the bias correction of the mean.</param>
/// <param name="Scale">What the root of the square is multiplied by: the root of its bias correction, inverted.</param>
internal readonly record struct MomentSpan(nint Parameter, nint Gradient, nint Mean, nint Square, long Count, double Decay, double StepSize, double Scale);

/// <summary>What an optimizer makes of the moments.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal interface IMomentRule<T>
    where T : unmanaged
{
    /// <summary>What is added to the parameter.</summary>
    /// <param name="mean">The running mean of the gradient.</param>
    /// <param name="root">The root of that of its square, its bias corrected.</param>
    /// <param name="step">The step size, negative.</param>
    Vector<T> Update(Vector<T> mean, Vector<T> root, Vector<T> step);
}

/// <summary>step · mean / (root + eps).</summary>
internal readonly struct AdamWRule<T>(T eps) : IMomentRule<T>
    where T : unmanaged
{
    private readonly Vector<T> epsilon = new(eps);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Update(Vector<T> mean, Vector<T> root, Vector<T> step) => step * mean / (root + epsilon);
}

/// <summary>step · atan2(mean, root).</summary>
internal readonly struct AdamATan2Rule<T> : IMomentRule<T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<T> Update(Vector<T> mean, Vector<T> root, Vector<T> step) => step * Angles.Atan2(mean, root);
}

/// <summary>Optimizers and moving averages in one pass over the memory of all parameters, which the threads share as one row of numbers.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>Every number goes the same way, those behind the last whole vector too: neither threads nor the vector width change a bit.</remarks>
internal static unsafe class MomentKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Numbers that are worth a thread of their own: about 10 microseconds.
    private const long Grain = 16_384;

    /// <summary>Decay, both moments and the update.</summary>
    /// <param name="spans">The parameters; none lies over another.</param>
    /// <param name="beta1">Decay rate of the mean.</param>
    /// <param name="beta2">Decay rate of the square.</param>
    /// <param name="rule">What the moments become.</param>
    public static void Step<TRule>(IReadOnlyList<MomentSpan> spans, double beta1, double beta2, TRule rule)
        where TRule : struct, IMomentRule<T> => ForEach([.. spans.Select(s => s.Count)], (span, first, count) =>
        {
            var at = spans[span];
            var change = new Change(at, beta1, beta2);
            T* p = (T*)at.Parameter + first, g = (T*)at.Gradient + first, m = (T*)at.Mean + first, v = (T*)at.Square + first;
            long i = 0;
            for (; i <= count - Vector<T>.Count; i += Vector<T>.Count)
            {
                Step(p + i, g + i, m + i, v + i, Vector<T>.Count, change, rule);
            }

            if (i < count)
            {
                Step(p + i, g + i, m + i, v + i, (int)(count - i), change, rule);
            }
        });

    /// <summary>average = average + take · (value - average).</summary>
    /// <param name="spans">Where averages and values lie, and how many; no average lies over anything else.</param>
    /// <param name="take">Share of the value.</param>
    public static void Average(IReadOnlyList<(nint Average, nint Value, long Count)> spans, double take)
    {
        var lerp = new Lerp(take);
        ForEach([.. spans.Select(s => s.Count)], (span, first, count) =>
        {
            T* average = (T*)spans[span].Average + first, value = (T*)spans[span].Value + first;
            var between = lerp;
            long i = 0;
            for (; i <= count - Vector<T>.Count; i += Vector<T>.Count)
            {
                Simd.Store(average + i, between.Of(Simd.Load(average + i), Simd.Load(value + i)));
            }

            if (i < count)
            {
                var rest = (int)(count - i);
                Store(average + i, rest, between.Of(Load(average + i, rest), Load(value + i, rest)));
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TRule>(T* parameter, T* gradient, T* mean, T* square, int lanes, in Change change, TRule rule)
        where TRule : struct, IMomentRule<T>
    {
        var g = Load(gradient, lanes);
        var m = change.Mean.Of(Load(mean, lanes), g);
        var v = (Load(square, lanes) * change.KeepSquare) + (change.TakeSquare * g * g);
        Store(mean, lanes, m);
        Store(square, lanes, v);
        Store(parameter, lanes, (Load(parameter, lanes) * change.Decay) + rule.Update(m, Vector.SquareRoot(v) * change.Scale, change.Step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Load(T* from, int lanes) => lanes == Vector<T>.Count ? Simd.Load(from) : LoadRest(from, lanes);

    private static Vector<T> LoadRest(T* from, int lanes)
    {
        Span<T> padded = stackalloc T[Vector<T>.Count];
        padded.Clear();
        new Span<T>(from, lanes).CopyTo(padded);
        return new(padded);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(T* to, int lanes, Vector<T> x)
    {
        if (lanes == Vector<T>.Count)
        {
            Simd.Store(to, x);
            return;
        }

        for (var lane = 0; lane < lanes; lane++)
        {
            to[lane] = x[lane];
        }
    }

    // A thread's share need not begin or end with a tensor.
    private static void ForEach(long[] counts, Action<int, long, long> part) => Workers.For(counts.Sum(), Grain, (begin, end) =>
    {
        var start = 0L;
        for (var span = 0; span < counts.Length && start < end; start += counts[span++])
        {
            var (first, last) = (Math.Max(begin, start), Math.Min(end, start + counts[span]));
            if (first < last)
            {
                part(span, first - start, last - first);
            }
        }
    });

    // As torch does it: from the nearer end.
    private readonly struct Lerp(double take)
    {
        private readonly bool isNear = take < 0.5;
        private readonly Vector<T> weight = new(take < 0.5 ? T.CreateChecked(take) : T.One - T.CreateChecked(take));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Of(Vector<T> from, Vector<T> to) => isNear ? from + (weight * (to - from)) : to + (weight * (from - to));
    }

    private readonly struct Change(MomentSpan span, double beta1, double beta2)
    {
        public readonly Lerp Mean = new(1 - beta1);
        public readonly Vector<T> KeepSquare = new(T.CreateChecked(beta2));
        public readonly Vector<T> TakeSquare = new(T.CreateChecked(1 - beta2));
        public readonly Vector<T> Decay = new(T.CreateChecked(span.Decay));
        public readonly Vector<T> Step = new(T.CreateChecked(-span.StepSize));
        public readonly Vector<T> Scale = new(T.CreateChecked(span.Scale));
    }
}
