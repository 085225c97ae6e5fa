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
        : base(nameof(RotaryEmbedding))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dim);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max_position_embeddings);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(theta);
        if (dim % 2 != 0)
        {
            throw new ArgumentException($"Rotary embeddings rotate pairs of features: the head dimension {dim} must be even.", nameof(dim));
        }
        _dim = dim;
        _positions = max_position_embeddings;

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var precision = dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        // On the CPU whatever the device, so that a model has the same tables everywhere.
        var exponent = arange(0, dim, 2, precision).div_(dim);
        var inv_freq = pow(tensor(theta, precision), exponent).reciprocal_();
        var freqs = outer(arange(max_position_embeddings, precision), inv_freq);
        var angles = cat([freqs, freqs], -1);
        cos_cached = angles.cos().to(dtype, device ?? CPU).DetachFromDisposeScope();
        sin_cached = angles.sin().to(dtype, device ?? CPU).DetachFromDisposeScope();
        register_buffer(nameof(cos_cached), cos_cached, persistent: false);
        register_buffer(nameof(sin_cached), sin_cached, persistent: false);
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
