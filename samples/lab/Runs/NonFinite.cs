using HrmGen.Checkpoints;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Lab.Runs;

/// <summary>What to say when a loss is no number any more.</summary>
internal static class NonFinite
{
    /// <summary>The name of the first tensor of a step that holds a value that is not finite, in the order in which a step computes them.</summary>
    public static string FirstBad(ITrainingStep step, StepOutput output)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var computed = output.Latents.Named.Select(l => ($"the latent {l.Name}", l.Value))
            .Concat(new (string, Tensor?)[]
            {
                ("the logits", output.Outputs.logits), ("q_halt", output.Outputs.q_halt), ("q_continue", output.Outputs.q_continue), ("the continue target", output.Outputs.target_q_continue),
                ("lm_loss", output.Losses.lm_loss), ("q_halt_loss", output.Losses.q_halt_loss), ("q_continue_loss", output.Losses.q_continue_loss),
            }.Where(t => t.Item2 is not null).Select(t => (t.Item1, t.Item2!)))
            .Concat(step.Model.Module.named_parameters().Where(p => p.parameter.grad is not null).Select(p => ($"the gradient of {p.name}", p.parameter.grad!)))
            .Concat(step.Model.Module.named_parameters().Select(p => ($"the weights {p.name}", (Tensor)p.parameter)));
        return computed.FirstOrDefault(t => !t.Item2.isfinite().all().item<bool>()).Item1 ?? "the loss";
    }

    /// <summary>Saves what the step worked on, so that it can be looked at.</summary>
    public static string SaveBatch(string folder, long step, StepOutput output)
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(folder, $"nonfinite-step-{step}.safetensors");
        SafetensorsFile.Write(path,
        [
            ("inputs", output.Data.inputs.cpu()), ("labels", output.Data.labels.cpu()), ("puzzle_identifiers", output.Data.puzzle_identifiers.cpu()), ("steps", output.steps.cpu()),
            .. output.Latents.Named.Select(l => ("latents." + l.Name, l.Value.detach().cpu())),
        ]);
        return path;
    }
}
