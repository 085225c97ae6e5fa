using HrmGen.Layers;
using static TorchSharp.torch;

namespace HrmGen.Halting;

/// <summary>The head that says whether to halt.</summary>
public static class HaltingHead
{
    /// <summary>Bias that a fresh head starts from: sigmoid(-5) is under 1 %, so that at first nothing halts.</summary>
    public const double InitialBias = -5;

    /// <summary>A linear layer with weight 0 and bias -5 (official hrm_act_v1.py, "Q head special init").</summary>
    /// <param name="hidden_size">Channels of a latent.</param>
    /// <param name="outputs">2 for q_halt and q_continue, 1 for q_halt.</param>
    /// <param name="dtype">Format of the weights.</param>
    /// <param name="device">Where they live.</param>
    public static CastedLinear Create(long hidden_size, long outputs, ScalarType dtype, Device? device)
    {
        var head = new CastedLinear(hidden_size, outputs, true, dtype, device);
        using (no_grad())
        {
            _ = head.weight.zero_();
            _ = head.bias!.fill_(InitialBias);
        }

        return head;
    }
}
