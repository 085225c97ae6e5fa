using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit;

/// <summary>TRM-MLP's mixer: a SwiGLU over the positions, with the norm over them too (official trm.py, <c>mlp_t</c>).</summary>
internal sealed class MlpMixerEmitter(ArchitectureModel model) : IMixerEmitter
{
    public string Symbol => "SwiGLU over positions";

    public IEnumerable<string> Fields => ["SwiGLU mlp_t"];

    public IEnumerable<string> Modules => ["mlp_t"];

    public IEnumerable<string> ConstructorParameters => [];

    public IEnumerable<string> Construction(string dtype)
    {
        yield return $"mlp_t = new SwiGLU(positions, mixer_intermediate_size, {dtype}, device);";
    }

    public IEnumerable<string> Forward(string norm)
    {
        yield return $"h = h.transpose(1, 2); // [B, {model.Block.HiddenSize}, {model.Positions}]";
        yield return $"h = {norm}(h + mlp_t.forward(h), rms_norm_eps, {Shared.Of(model.Precision.Internal)});";
        yield return $"h = h.transpose(1, 2); // [B, {model.Positions}, {model.Block.HiddenSize}]";
    }
}
