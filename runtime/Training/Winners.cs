using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Training;

/// <summary>Winner takes all: of several runs of an example only the one with the lowest loss is trained (supervision.candidates).</summary>
/// <remarks>Source: "Speed is Confidence" (arXiv 2601.19085). The candidates of a row stand next to each other: row r's are r·K to r·K + K - 1.</remarks>
public static class Winners
{
    /// <summary>The candidate with the lowest loss of each row.</summary>
    /// <param name="losses">Losses of the positions, [B·K, S].</param>
    /// <param name="candidates">K.</param>
    /// <returns>Its place among all candidates, [B] int64.</returns>
    public static Tensor Of(Tensor losses, int candidates)
    {
        ArgumentNullException.ThrowIfNull(losses);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var best = losses.sum(-1).view(-1, candidates).argmin(-1);
        var first = arange(0, best.size(0), dtype: int64, device: best.device) * candidates;
        return (first + best).MoveToOuterDisposeScope();
    }

    /// <summary>The latents of all candidates, with some taken over from the winners.</summary>
    /// <param name="latents">Of all candidates, each [B·K, positions, hidden_size].</param>
    /// <param name="won">Of the winners, each [B, positions, hidden_size].</param>
    /// <param name="candidates">K.</param>
    /// <param name="names">Latents to take over, each element of an indexed one by its own name.</param>
    public static TLatents Spread<TLatents>(TLatents latents, TLatents won, int candidates, params string[] names)
        where TLatents : class, ILatents<TLatents>
    {
        ArgumentNullException.ThrowIfNull(latents);
        ArgumentNullException.ThrowIfNull(won);
        ArgumentNullException.ThrowIfNull(names);
        return TLatents.From(name => names.Contains(name) ? won[name].repeat_interleave(candidates, 0) : latents[name]);
    }
}
