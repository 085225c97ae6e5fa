using HrmGen.Compiler.Model;
using HrmGen.Compiler.Passes;

namespace HrmGen.Compiler.Emit;

/// <summary>Emits <c>Name.Spec.g.cs</c>: the spec's numbers and those that follow from them, as constants.</summary>
internal sealed class SpecEmitter(LoweredModel model)
{
    private readonly ArchitectureModel a = model.Architecture;

    /// <summary>Emits the file.</summary>
    /// <param name="code">The emitted model and training step, which the model's hash is taken of.</param>
    public SourceFile Emit(params string[] code)
    {
        var writer = Shared.File(a.Source, a.Namespace, "HrmGen.Halting", "HrmGen.Models", "HrmGen.Optimizers", "HrmGen.Training");
        writer.Summary(Description());
        writer.Block($"public sealed partial class {a.Name}", () =>
        {
            foreach (var (type, name, value, doc) in SpecConstants().Concat(Computed()))
            {
                writer.Summary(doc).Line($"public const {type} {name} = {value};").Line();
            }

            var constants = string.Concat(SpecConstants().Select(c => $"{c.Name} = {c.Value};\n"));
            EmitSpec(writer, SpecHash.Of([constants, .. code]));
        });
        return new(Shared.Hint(model, "Spec"), writer.ToString());
    }

    private string[] Description()
    {
        var lines = new List<string>();
        if (a.Summary.Length > 0)
        {
            lines.AddRange(a.Summary.Split('\n', '\r', '\u0085', '\u2028', '\u2029').Select(l => CSharpWriter.Escape(l.Trim())));
        }

        lines.Add($"{Invariant.Grouped(model.Sizes.Parameters)} parameters, effective depth {Invariant.Text(model.Sizes.EffectiveDepth)}, "
            + $"{model.Sizes.ForwardPasses} forward pass(es) an optimizer step.");
        return [.. lines];
    }

    private IEnumerable<(string Type, string Name, string Value, string Doc)> SpecConstants()
    {
        (string, string, string, string) Int(string name, long value, string doc) => ("int", name, Invariant.Text(value), doc);

        yield return Int("vocab_size", a.Task.VocabSize, "Tokens of the vocabulary (task.vocab_size).");
        yield return Int("seq_len", a.Task.SeqLen, "Cells of a puzzle (task.seq_len).");
        if (a.Task.Grid is { } grid)
        {
            yield return Int("grid_rows", grid.Rows, "Rows of the cells (task.grid).");
            yield return Int("grid_columns", grid.Columns, "Columns of the cells (task.grid).");
        }

        if (a.Task.PuzzleEmbedding is { } puzzle)
        {
            yield return Int("num_puzzles", puzzle.Count, "Puzzle identifiers (task.puzzle_embedding.count).");
            yield return Int("puzzle_dim", puzzle.Dim, "Size of a puzzle's vector (task.puzzle_embedding.dim).");
            yield return Int("puzzle_tokens", puzzle.Tokens, "Positions in front of the cells that the vector takes (task.puzzle_embedding.tokens).");
        }

        yield return Int("positions", a.Positions, "Positions of the sequence: puzzle tokens, then cells.");
        yield return Int("hidden_size", a.Block.HiddenSize, "Channels of every latent (block.hidden_size).");
        foreach (var size in a.Block.Mixer.Sizes.Concat(a.Block.FeedForward.Sizes))
        {
            yield return Int(size.Name, size.Value, size.Doc);
        }

        if (a.Block.IsRotary)
        {
            yield return ("double", "rope_theta", Shared.Number(a.Block.RopeTheta), "Base of the rotary frequencies (block.rope_theta).");
        }

        yield return ("double", "rms_norm_eps", Shared.Number(a.Block.RmsNormEps), "Added to the mean square in every norm (block.rms_norm_eps).");
        foreach (var constant in a.Recursion.Constants)
        {
            var moves = a.Earlier.Any(e => e.Program.Constants.Any(c => c.Name == constant.Name && c.Value != constant.Value));
            yield return Int(constant.Name, constant.Value, $"recursion.let.{constant.Name}{(moves ? ", at the end of training" : "")}");
        }

        yield return Int("N_sup", a.Supervision.N_sup, $"Supervision steps on one example at most{(a.Supervision.Steps.IsConstant ? "" : ", at the end of training and in evaluation")} (supervision.N_sup).");
    }

    private IEnumerable<(string Type, string Name, string Value, string Doc)> Computed()
    {
        var s = model.Sizes;
        yield return ("long", "Parameters", CSharpWriter.Number(s.Parameters), "Trained numbers; the puzzle embedding, a buffer with an optimizer of its own, does not count.");
        yield return ("int", "EffectiveDepth", Invariant.Text(s.EffectiveDepth), "Layer calls of one pass.");
        yield return ("int", "ForwardPasses", Invariant.Text(s.ForwardPasses), "Forward passes of an optimizer step: 2 with a continue loss, whose target looks one pass ahead.");
        yield return ("long", "ForwardFlops", CSharpWriter.Number(s.ForwardFlops), "Operations in the matrix products of one pass on one example (2 a multiply-add).");
        yield return ("long", "StepFlops", CSharpWriter.Number(s.StepFlops), "The same for an optimizer step, backward included.");
        yield return ("long", "ActivationBytes", CSharpWriter.Number(s.ActivationBytes), "About what the recorded layers keep for the backward in the reference lowering, in bytes for one example.");
        if (s.FusedActivationBytes is { } fused)
        {
            yield return ("long", "FusedActivationBytes", CSharpWriter.Number(fused), "What layers work in and keep for the backward in the fused lowering, in bytes for one example.");
        }
    }

    private void EmitSpec(CSharpWriter writer, string hash)
    {
        var t = a.Training;
        string Optional(double? value) => value is { } v ? Shared.Number(v) : "null";
        string OptionalLong(long? value) => value is { } v ? Invariant.Text(v) : "null";
        writer.Summary("What this model is, for code that knows it only through the registry.");
        writer.Line("public static ModelSpec Spec { get; } = new()").Line("{");
        writer.Indented(() =>
        {
            writer.Lines(
            [
                $"Name = nameof({a.Name}),",
                $"Summary = {CSharpWriter.Literal(a.Summary)},",
                .. a.Published.Length == 0 ? Array.Empty<string>() : [$"Published = {CSharpWriter.Literal(a.Published)},"],
                $"Source = {CSharpWriter.Literal(a.Source)},",
                $"Hash = {CSharpWriter.Literal(hash)},",
                "VocabSize = vocab_size,",
                "SeqLen = seq_len,",
                .. a.Task.Grid is null ? Array.Empty<string>() : ["Grid = (grid_rows, grid_columns),"],
                $"PuzzleCount = {(a.Task.PuzzleEmbedding is null ? "0" : "num_puzzles")},",
                $"PuzzleTokens = {(a.Task.PuzzleEmbedding is null ? "0" : "puzzle_tokens")},",
                "HiddenSize = hidden_size,",
                "N_sup = N_sup,",
                "Parameters = Parameters,",
                "EffectiveDepth = EffectiveDepth,",
                "ForwardPasses = ForwardPasses,",
                "ForwardFlops = ForwardFlops,",
                "StepFlops = StepFlops,",
                "ActivationBytes = ActivationBytes,",
                .. model.Sizes.FusedActivationBytes is null ? Array.Empty<string>() : ["FusedActivationBytes = FusedActivationBytes,"],
                .. UpdateOrder.Of(a.Recursion) is { Length: > 0 } updates ? [$"Updates = {CSharpWriter.Literal(updates)},"] : Array.Empty<string>(),
                $"ChangesOverTraining = {(model.UsesProgress ? "true" : "false")},",
                $"Evaluation = {Evaluation()},",
                "Training = new TrainingOptions",
                "{",
            ]);
            writer.Indented(() => writer.Lines(
            [
                $"BatchSize = {Invariant.Text(t.BatchSize)},",
                $"LearningRate = {Shared.Number(t.LearningRate)},",
                $"WarmupSteps = {Invariant.Text(t.WarmupSteps)},",
                $"MinRatio = {Shared.Number(t.MinRatio)},",
                $"Beta1 = {Shared.Number(t.Beta1)},",
                $"Beta2 = {Shared.Number(t.Beta2)},",
                $"WeightDecay = {Shared.Number(t.WeightDecay)},",
                $"PuzzleLearningRate = {Shared.Number(t.PuzzleLearningRate)},",
                $"PuzzleWeightDecay = {Shared.Number(t.PuzzleWeightDecay)},",
                $"EmaRate = {Optional(t.Ema)},",
                .. t.ClipNorm is { } norm ? [$"ClipNorm = {Shared.Number(norm)},"] : Array.Empty<string>(),
                .. t.Muon is { } muon ? Muon(muon) : [],
                .. t.Queues ? ["Refill = RefillMode.Queue,"] : Array.Empty<string>(),
                $"TotalSteps = {OptionalLong(t.Steps)},",
                $"Epochs = {OptionalLong(t.Epochs)},",
            ]));
            writer.Indented(() => EmitGroups(writer));
            writer.Line("},");
        });
        writer.Line("};");
    }

    private static IEnumerable<string> Muon(MuonDefaults muon) =>
    [
        $"Muon = new MuonOptions {{ LearningRate = {Shared.Number(muon.LearningRate)}, WeightDecay = {Shared.Number(muon.WeightDecay)}, "
        + $"Momentum = {Shared.Number(muon.Momentum)}, MatchesAdamW = {(muon.MatchesAdamW ? "true" : "false")} }},",
    ];

    private string Evaluation() => a.Act.Evaluation.Kind switch
    {
        EvaluationKind.Halt => "EvaluationHalting.WhenHalting",
        EvaluationKind.Residual => $"EvaluationHalting.WhenSettled({Shared.Number(a.Act.Evaluation.Threshold)})",
        _ => "EvaluationHalting.AllSteps",
    };

    private void EmitGroups(CSharpWriter writer)
    {
        if (a.Training.Groups.Count == 0)
        {
            return;
        }

        writer.Line("Groups =").Line("[");
        writer.Indented(() => writer.Lines(a.Training.Groups.Select(g =>
        {
            var settings = new[]
            {
                g.LearningRate is { } rate ? $"LearningRate = {Shared.Number(rate)}" : null,
                g.WeightDecay is { } decay ? $"WeightDecay = {Shared.Number(decay)}" : null,
                g.Frozen ? "Frozen = true" : null,
            }.OfType<string>().ToList();
            return $"new ParameterGroup({CSharpWriter.Literal(g.Name)}, {string.Join(", ", g.Prefixes.Select(CSharpWriter.Literal))})"
                + (settings.Count == 0 ? "," : $" {{ {string.Join(", ", settings)} }},");
        })));
        writer.Line("],");
    }
}
