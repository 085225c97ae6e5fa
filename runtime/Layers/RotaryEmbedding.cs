using TorchSharp;
using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>
/// Rotary position embedding (RoPE) over halves, the NeoX layout: features i and i + dim/2 form the pair that is rotated by
/// position · theta^(-2i/dim).
/// </summary>
/// <remarks>Source: <c>RotaryEmbedding</c> and <c>apply_rotary_pos_emb</c> in <c>models/layers.py</c> of HRM and TRM.</remarks>
public sealed class RotaryEmbedding : nn.Module
{
    private static readonly Scalar One = 1;
    private readonly long _dim;
    private readonly long _positions;
    private Tables? _tables;

    /// <summary>Cosines, [max_position_embeddings, dim]; the second half of a row repeats the first. A non-persistent buffer.</summary>
    public Tensor cos_cached { get; private set; }

    /// <summary>Sines, likewise.</summary>
    public Tensor sin_cached { get; private set; }

    /// <summary>Computes the tables.</summary>
    /// <param name="dim">Size of a head; even.</param>
    /// <param name="max_position_embeddings">Number of positions.</param>
    /// <param name="theta">Base of the frequencies (10000 in the official configurations).</param>
    /// <param name="dtype">
    /// Dtype of the tables and of the rotation; float32 in the official code. Float64 tables are computed in float64, all others in
    /// float32 (inverse frequencies included, as the official code does) and then cast.
    /// </param>
    /// <param name="device">Where the tables live; the CPU by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size or <paramref name="theta"/> is not positive.</exception>
    /// <exception cref="ArgumentException"><paramref name="dim"/> is odd.</exception>
    public RotaryEmbedding(long dim, long max_position_embeddings, double theta, ScalarType dtype, Device? device = null)
        : this(dim, max_position_embeddings, dtype, device, OneAxis(dim, max_position_embeddings, theta))
    {
    }

    /// <summary>
    /// Computes the tables of a grid: of a head's pairs, the first half turns by the row and the second half by the column, each like
    /// a head of dim/2 of its own. Positions in front of the grid stand at row 0 and column 0, where nothing turns; rows and columns of
    /// cells count from 1.
    /// </summary>
    /// <param name="dim">Size of a head; a multiple of 4.</param>
    /// <param name="prefix">Positions in front of the grid.</param>
    /// <param name="rows">Rows of the grid, which lie one after the other.</param>
    /// <param name="columns">Columns of the grid.</param>
    /// <param name="theta">Base of the frequencies.</param>
    /// <param name="dtype">As in the other constructor.</param>
    /// <param name="device">Where the tables live; the CPU by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size or <paramref name="theta"/> is not positive.</exception>
    /// <exception cref="ArgumentException"><paramref name="dim"/> is not a multiple of 4.</exception>
    public RotaryEmbedding(long dim, long prefix, long rows, long columns, double theta, ScalarType dtype, Device? device = null)
        : this(dim, prefix + (rows * columns), dtype, device, TwoAxes(dim, prefix, rows, columns, theta))
    {
    }

    private RotaryEmbedding(long dim, long positions, ScalarType dtype, Device? device, Func<ScalarType, Tensor> angles)
        : base(nameof(RotaryEmbedding))
    {
        (_dim, _positions) = (dim, positions);
        using var scope = NewDisposeScope();
        using var _ = no_grad();

        // On the CPU whatever the device, so that a model has the same tables everywhere.
        var half = angles(dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32);
        var both = cat([half, half], -1);
        cos_cached = both.cos().to(dtype, device ?? CPU).DetachFromDisposeScope();
        sin_cached = both.sin().to(dtype, device ?? CPU).DetachFromDisposeScope();
        register_buffer(nameof(cos_cached), cos_cached, persistent: false);
        register_buffer(nameof(sin_cached), sin_cached, persistent: false);
    }

    // Angles of each position, [positions, dim / 2].
    private static Func<ScalarType, Tensor> OneAxis(long dim, long positions, double theta)
    {
        ThrowIfNotInParts(dim, 2, "rotate pairs of features");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(positions, "max_position_embeddings");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(theta);
        return precision => outer(arange(positions, precision), Frequencies(dim, theta, precision));
    }

    private static Func<ScalarType, Tensor> TwoAxes(long dim, long prefix, long rows, long columns, double theta)
    {
        ThrowIfNotInParts(dim, 4, "over rows and columns rotate pairs of features in each half");
        ArgumentOutOfRangeException.ThrowIfNegative(prefix);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(theta);
        return precision =>
        {
            var frequencies = Frequencies(dim / 2, theta, precision);
            Tensor Angles(Tensor places) => outer(cat([zeros(prefix, precision), places]), frequencies);
            var row = arange(1, rows + 1, precision).repeat_interleave(columns);
            var column = arange(1, columns + 1, precision).repeat(rows);
            return cat([Angles(row), Angles(column)], -1);
        };
    }

    // theta^(-2i/dim) for each pair i.
    private static Tensor Frequencies(long dim, double theta, ScalarType precision) =>
        pow(tensor(theta, precision), arange(0, dim, 2, precision).div_(dim)).reciprocal_();

    private static void ThrowIfNotInParts(long dim, long parts, string why)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dim);
        if (dim % parts != 0)
        {
            throw new ArgumentException($"Rotary embeddings {why}: the head dimension {dim} must be {(parts == 2 ? "even" : "a multiple of 4")}.", nameof(dim));
        }
    }

    /// <summary>Registers nothing: the constructor has done it.</summary>
    protected override void RegisterComponents()
    {
    }

    /// <summary>Rotates every head of every position; sequence index i is position i.</summary>
    /// <param name="x">[B, L, heads, dim], any floating-point dtype, L at most the number of positions.</param>
    /// <returns>The same shape and dtype; computed in the dtype of the tables.</returns>
    /// <exception cref="ArgumentException"><paramref name="x"/> is longer than the tables or its last axis is not <c>dim</c>.</exception>
    public Tensor Rotate(Tensor x)
    {
        var length = x.size(1);
        if (x.size(3) != _dim || length > _positions)
        {
            throw new ArgumentException(
                $"Rotary tables for {_positions} positions of dimension {_dim} cannot rotate {length} positions of dimension {x.size(3)}.",
                nameof(x));
        }
        var tables = _tables;
        if (tables is null || tables.Length != length)
        {
            _tables = tables = new Tables(cos_cached, sin_cached, length);
        }

        using var scope = NewDisposeScope();
        var (dtype, tableType) = (x.dtype, cos_cached.dtype);
        if (dtype != tableType)
        {
            x = x.to(tableType);
        }
        // x·cos + rotate_half(x)·sin, where rotate_half = (-x2, x1): the sign lies in the table, so that one roll does the rest.
        var result = x.mul(tables.Cos).addcmul_(x.roll(_dim / 2, -1), tables.SignedSin, One);
        return (dtype == tableType ? result : result.to(dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Moves the tensors without the base method's reflection, which ahead-of-time compilation would trim; that one also forgets non-persistent buffers.
    /// </summary>
    protected override void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
    {
        if (ReplaceBuffer(dtype, device, cos_cached, out var cos) && ReplaceBuffer(dtype, device, sin_cached, out var sin))
        {
            (cos_cached, sin_cached) = (cos!, sin!);
            ConditionallyRegisterBuffer(nameof(cos_cached), cos_cached, persistent: false);
            ConditionallyRegisterBuffer(nameof(sin_cached), sin_cached, persistent: false);
            _tables = null;
        }
        (_deviceType, _deviceIndex) = device is null ? (_deviceType, _deviceIndex) : (device.type, device.index);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // The base class disposes persistent buffers only.
            cos_cached.Dispose();
            sin_cached.Dispose();
            _tables?.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>
    /// The first rows of the tables as [L, 1, dim], kept because every call of a model has the same length. Immutable, so that
    /// concurrent forward passes may share or replace it; a replaced one is left to the garbage collector.
    /// </summary>
    private sealed class Tables : IDisposable
    {
        public long Length { get; }
        public Tensor Cos { get; }
        public Tensor SignedSin { get; }

        public Tables(Tensor cos, Tensor sin, long length)
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            Length = length;
            Cos = cos.narrow(0, 0, length).unsqueeze(1).DetachFromDisposeScope();
            var halves = sin.narrow(0, 0, length).chunk(2, -1);
            SignedSin = cat([halves[0].neg(), halves[1]], -1).unsqueeze(1).DetachFromDisposeScope();
        }

        public void Dispose()
        {
            Cos.Dispose();
            SignedSin.Dispose();
        }
    }
}
