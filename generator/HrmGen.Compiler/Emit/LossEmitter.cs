using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit;

/// <summary>Emits the losses of a supervision step.</summary>
internal sealed class LossEmitter(ArchitectureModel a)
{
    private bool HasHalt => a.Act.HaltWeight is not null;

    private bool HasTarget => LooksAhead(a);

    /// <summary>
    /// Whether training looks at the next pass. With one supervision step every row halts after it: there is no next pass (official code:
    /// halt_max_steps > 1).
    /// </summary>
    public static bool LooksAhead(ArchitectureModel model) => model.Act.Continue is not null && model.Supervision.Most > 1;

    public void Emit(CSharpWriter writer) => writer.Block($"public sealed partial class {a.Name}", () =>
    {
        var kind = a.Loss.Stablemax ? "stablemax" : "softmax";
        writer.Summary($"The losses of one supervision step, each summed over the batch: {kind} cross-entropy in {Shared.Of(a.Loss.Precision)}, a row's mean over its labels{HaltSummary()}.");
        writer.Doc("param name=\"predictions\"", "What the logits predict, and where it is right.");
        writer.Doc("param name=\"outputs\"", "Logits and halting logits of the step, and in training the continue target.");
        writer.Doc("param name=\"labels\"", $"The right tokens, [B, {a.Task.SeqLen}]; -100 does not count.");
        writer.Block("public override SupervisionLosses Losses(Predictions predictions, SupervisionOutputs outputs, Tensor labels)", LossBody(writer));
        ScheduleEmitter.Emit(writer, a.Act.HaltWeight, "double", "halt_weight", "Progress", "act.loss.halt");
        ScheduleEmitter.Emit(writer, HasTarget ? a.Act.Continue!.Weight : null, "double", "continue_weight", "Progress", "act.loss.continue.weight");
    });

    private string HaltSummary() => (HasHalt, a.Act.Continue is not null) switch
    {
        (true, true) => "; whether the answer is right against q_halt; the look-ahead target against q_continue",
        (true, false) => "; whether the answer is right against q_halt",
        (false, true) => "; the look-ahead target against q_continue",
        _ => "",
    };

    private Action LossBody(CSharpWriter writer) => () =>
    {
        var rows = $"{CrossEntropy(a, "outputs.logits", "labels")} / predictions.loss_divisor";
        writer.Line(a.Supervision.StepDecay is null ? $"var lm_loss = ({rows}).sum();" : $"var lm_loss = StepWeights.Sum(({rows}).sum(-1), outputs.step_weights);");
        writer.Line("var loss = lm_loss;");
        if (HasHalt)
        {
            writer.Line();
            writer.Line($"var q_halt_loss = HaltingLoss.BinaryCrossEntropy(outputs.q_halt!, predictions.seq_is_correct{StepWeight});");
            writer.Line($"loss = loss + {ScheduleEmitter.Use(a.Act.HaltWeight!, "halt_weight")} * q_halt_loss;");
        }

        if (HasTarget)
        {
            writer.Line();
            writer.Line("// Evaluation looks at no next pass and so has no target.");
            writer.Line("Tensor? q_continue_loss = null;");
            writer.Block("if (outputs.target_q_continue is { } target)", () =>
            {
                var predicted = a.Act.Continue!.PredictNext ? "outputs.next_q_continue!" : "outputs.q_continue!";
                writer.Line($"q_continue_loss = HaltingLoss.BinaryCrossEntropy({predicted}, target{StepWeight});");
                writer.Line($"loss = loss + {ScheduleEmitter.Use(a.Act.Continue.Weight, "continue_weight")} * q_continue_loss;");
            });
        }

        writer.Line();
        writer.Line($"return new(lm_loss, {(HasHalt ? "q_halt_loss" : "null")}, {(HasTarget ? "q_continue_loss" : "null")}, loss);");
    };

    private string StepWeight => a.Supervision.StepDecay is null ? "" : ", outputs.step_weights";

    /// <summary>The language-model loss of each position, [B, S], as C#.</summary>
    public static string CrossEntropy(ArchitectureModel a, string logits, string labels)
    {
        var smoothing = a.Loss.LabelSmoothing == 0 ? "" : $", {Shared.Number(a.Loss.LabelSmoothing)}";
        return $"CrossEntropy.{(a.Loss.Stablemax ? "Stablemax" : "Softmax")}({logits}, {labels}, {Shared.Of(a.Loss.Precision)}{smoothing})";
    }
}
