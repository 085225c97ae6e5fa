using HrmGen.Kernels;
using static TorchSharp.torch;

namespace HrmGen.Fused;

/// <summary>Some examples of a pass, forward or backward: what the emitted code works on.</summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/> or <see cref="BFloat16"/>.</typeparam>
public sealed unsafe class FusedTile<T>
    where T : unmanaged
{
    private readonly Rows<T> givenInput;
    private readonly Rows<T>[] given;
    private readonly Rows<T>[] latents;
    private readonly bool records;
    private readonly Tensor[] values;

    internal FusedTile(FusedWorkspace<T> work, Rows<T> input, Rows<T>[] latents, bool records, Tensor[] values)
    {
        (Work, givenInput, given, this.records, this.values) = (work, input, latents, records, values);
        (Input, this.latents) = work.PositionsFirst ? (PositionsFirst(input), Array.ConvertAll(latents, PositionsFirst)) : (input, latents);
    }

    /// <summary>x; in a backward its gradient, zero at first.</summary>
    public Rows<T> Input { get; }

    /// <summary>What a part of a layer gives: one place for all of them.</summary>
    public Rows<T> Part => Work.Part;

    internal FusedWorkspace<T> Work { get; }

    /// <summary>A latent; in a backward its gradient: that of the pass's output at first, that of its input in the end.</summary>
    /// <param name="latent">Its place among those that the pass was handed.</param>
    public Rows<T> Latent(int latent) => latents[latent];

    /// <summary>The same for the elements of an indexed latent.</summary>
    /// <param name="first">Place of the first one.</param>
    /// <param name="count">Their number.</param>
    public Rows<T>[] Latents(int first, int count) => latents[first..(first + count)];

    /// <summary>Memory in the shape of a latent, for the time of the pass.</summary>
    public Rows<T> Temporary() => Work.Temporary();

    /// <summary>The same, zero at first.</summary>
    public Rows<T> Zeros()
    {
        var rows = Temporary();
        rows.Zero();
        return rows;
    }

    /// <summary>From here on layers keep what the backward reads, where a gradient is asked for.</summary>
    public void Record() => Work.Records = records;

    /// <summary>Becomes Gaussian noise, from torch's default generator in the order of the reference.</summary>
    /// <param name="into">Takes it.</param>
    /// <param name="std">Its standard deviation.</param>
    public void Noise(Rows<T> into, double std)
    {
        using var scope = NewDisposeScope();
        using var noise = std * randn_like(values[0]);
        into.Copy(new(TorchCpu.Data<T>(noise), noise.numel()));
    }

    /// <summary>Copies of latents as tensors, for a residual.</summary>
    public Tensor[] Copies(params ReadOnlySpan<Rows<T>> rows) => [.. Tensors(rows).Select(t => t.clone())];

    /// <summary>Latents as tensors, which change with them.</summary>
    public Tensor[] Tensors(params ReadOnlySpan<Rows<T>> rows)
    {
        var tensors = new Tensor[rows.Length];
        for (var i = 0; i < tensors.Length; i++)
        {
            tensors[i] = values[Array.IndexOf(latents, rows[i])];
        }

        return tensors;
    }

    /// <summary>Leaves the latents where they were handed in, as the pass has changed them.</summary>
    internal void ReturnLatents()
    {
        for (var i = 0; i < given.Length; i++)
        {
            Return(latents[i], given[i]);
        }
    }

    /// <summary>Likewise <see cref="Input"/>, which only a backward changes.</summary>
    internal void ReturnInput() => Return(Input, givenInput);

    private Rows<T> PositionsFirst(Rows<T> rows)
    {
        var turned = Temporary();
        turned.Swap(rows, Work.Batch, Work.Plan.Positions, Work.Plan.HiddenSize);
        return turned;
    }

    private void Return(Rows<T> rows, Rows<T> to)
    {
        if (Work.PositionsFirst)
        {
            to.Swap(rows, Work.Plan.Positions, Work.Batch, Work.Plan.HiddenSize);
        }
    }
}
