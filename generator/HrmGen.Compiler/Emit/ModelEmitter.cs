using HrmGen.Compiler.Emit.Blocks;
using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit;

/// <summary>Emits <c>Name.Model.g.cs</c>: the module, its latents and its recursion.</summary>
/// <param name="model">The model.</param>
/// <param name="besideFused">True where the fused form's file holds <c>forward</c>, which this one is the reference of.</param>
internal sealed class ModelEmitter(LoweredModel model, bool besideFused = false)
{
    private readonly ArchitectureModel a = model.Architecture;

    private string Parameters => Shared.Of(a.Precision.Parameters);

    private string Forward => Shared.Of(a.Precision.Forward);

    private string Internal => Shared.Of(a.Precision.Internal);

    private bool Rope => a.Block.IsRotary;

    private bool Learned => a.Block.Positions == PositionEncoding.Learned;

    public SourceFile Emit()
    {
        var writer = Shared.File(a.Source, a.Namespace,
            "System", "System.Collections.Generic", "System.Linq", "HrmGen.Halting", "HrmGen.Layers", "HrmGen.Models", "TorchSharp.Modules", "static TorchSharp.torch");
        writer.Block($"public sealed partial class {a.Name} : RecursiveModel<{a.Name}.Latents>", () =>
        {
            EmitFields(writer);
            EmitConstructor(writer);
            EmitMembers(writer);
            new RecursionEmitter(model, writer, besideFused ? "private Latents Reference" : RecursionEmitter.Forward).Emit();
            writer.Line();
            EmitHeads(writer);
            new LatentsEmitter(a).Emit(writer);
            writer.Line();
            new LayerEmitter(a, partial: besideFused).Emit(writer);
        });
        return new(Shared.Hint(model, "Model"), writer.ToString());
    }

    private IEnumerable<Latent> WithVector => a.Recursion.Latents.Where(l => l.HasVector);

    private void EmitFields(CSharpWriter writer)
    {
        writer.Line("private readonly CastedEmbedding embed_tokens;");
        if (Learned)
        {
            writer.Line("private readonly CastedEmbedding embed_pos;");
        }

        if (a.Supervision.StepEmbedding)
        {
            writer.Line("private readonly CastedEmbedding embed_step;");
        }

        if (a.Task.PuzzleEmbedding is not null)
        {
            writer.Line("private readonly SparseEmbedding puzzle_emb;");
        }

        if (Rope)
        {
            writer.Line("private readonly RotaryEmbedding rotary_emb;");
        }

        writer.Lines(a.Networks.Select(n => $"private readonly LayerStack {n.Name};"));
        writer.Line("private readonly CastedLinear lm_head;");
        if (a.Heads.Q is not null)
        {
            writer.Line("private readonly CastedLinear q_head;");
        }

        foreach (var latent in WithVector)
        {
            var type = latent.Init == LatentInit.Learned ? "Parameter" : "Tensor";
            writer.Line($"private readonly {type}{(latent.Count is null ? "" : "[]")} {LatentsEmitter.InitField(latent)};");
        }

        writer.Line();
    }

    private void EmitConstructor(CSharpWriter writer)
    {
        var layer = Rope ? "new Layer(rotary_emb, device)" : "new Layer(device)";

        // Without a norm at its end, the sum of the residuals would grow from call to call.
        var last = a.Block.PreNorm ? $", h => {LayerEmitter.Norm("h", a)}" : "";
        writer.Summary("Creates the model with the initial weights of the official code, drawn from torch's default generator.");
        writer.Doc("param name=\"device\"", "Where the weights live; the CPU by default.");
        writer.Line($"public {a.Name}(Device? device = null)");
        writer.Indented(() => writer.Line($": base(nameof({a.Name}), device)"));
        writer.Line("{");
        writer.Indented(() =>
        {
            writer.Line($"embed_tokens = new CastedEmbedding(vocab_size, hidden_size, 1 / Math.Sqrt(hidden_size), {Forward}, {Parameters}, device);");
            if (Learned)
            {
                writer.Line($"embed_pos = new CastedEmbedding(positions, hidden_size, 1 / Math.Sqrt(hidden_size), {Forward}, {Parameters}, device);");
            }

            if (a.Supervision.StepEmbedding)
            {
                writer.Line($"embed_step = new CastedEmbedding({Invariant.Text(a.Supervision.Most)}, hidden_size, 1 / Math.Sqrt(hidden_size), {Forward}, {Parameters}, device);");
            }

            if (a.Task.PuzzleEmbedding is not null)
            {
                writer.Line($"puzzle_emb = new SparseEmbedding(num_puzzles, puzzle_dim, 0, {Forward}, {Parameters}, device);");
            }

            if (Rope)
            {
                var places = a.Block.Positions == PositionEncoding.Rope2D ? $"{(a.Task.PuzzleTokens > 0 ? "puzzle_tokens" : "0")}, grid_rows, grid_columns" : "positions";
                writer.Line($"rotary_emb = new RotaryEmbedding(head_dim, {places}, rope_theta, {Internal}, device);");
            }

            foreach (var network in a.Networks)
            {
                writer.Line($"{network.Name} = new LayerStack({CSharpWriter.Literal(network.StateDict)}, {network.Layers}, () => {layer}{last});");
            }

            writer.Line($"lm_head = new CastedLinear(hidden_size, vocab_size, false, {Parameters}, device);");
            if (a.Heads.Q is { } q)
            {
                writer.Line($"q_head = HaltingHead.Create(hidden_size, {q.Outputs}, {Parameters}, device);");
            }

            writer.Lines(WithVector.Select(new LatentsEmitter(a).Construction));
            writer.Line().Lines(Registrations());
        });
        writer.Line("}").Line();
    }

    // Registered by hand, under the official names: RegisterComponents would find them by reflection, which AOT does not keep.
    private IEnumerable<string> Registrations()
    {
        yield return "register_module(\"embed_tokens\", embed_tokens);";
        if (Learned)
        {
            yield return "register_module(\"embed_pos\", embed_pos);";
        }

        if (a.Supervision.StepEmbedding)
        {
            yield return "register_module(\"embed_step\", embed_step);";
        }

        if (a.Task.PuzzleEmbedding is not null)
        {
            yield return "register_module(\"puzzle_emb\", puzzle_emb);";
        }

        if (Rope)
        {
            yield return "register_module(\"rotary_emb\", rotary_emb);";
        }

        foreach (var network in a.Networks)
        {
            yield return $"register_module({CSharpWriter.Literal(network.StateDict)}, {network.Name});";
        }

        yield return "register_module(\"lm_head\", lm_head);";
        if (a.Heads.Q is not null)
        {
            yield return "register_module(\"q_head\", q_head);";
        }

        foreach (var line in WithVector.SelectMany(LatentsEmitter.Registrations))
        {
            yield return line;
        }
    }

    private void EmitMembers(CSharpWriter writer)
    {
        var (h, l) = (a.Block.HiddenSize, a.Positions);
        writer.Line("/// <inheritdoc/>").Line("public override ModelSpec Info => Spec;").Line();
        if (a.Task.PuzzleEmbedding is not null)
        {
            writer.Line("/// <inheritdoc/>").Line("public override SparseEmbedding? PuzzleEmbedding => puzzle_emb;").Line();
        }

        writer.Summary($"The embedded input x, [B, {l}, {h}] {Forward}: sqrt(hidden_size) times the puzzle tokens and the cells.");
        writer.Doc("param name=\"inputs\"", $"Tokens, [B, {a.Task.SeqLen}], whole numbers.");
        writer.Doc("param name=\"puzzle_identifiers\"", a.Task.PuzzleEmbedding is null ? "Not used by this model." : "Puzzles, [B], whole numbers.");
        writer.Block("public override Tensor Embed(Tensor inputs, Tensor puzzle_identifiers)", () => EmitEmbed(writer));
        writer.Line();
        EmitSteps(writer);
    }

    // What makes one supervision step differ from another.
    private void EmitSteps(CSharpWriter writer)
    {
        if (a.Supervision.StepEmbedding)
        {
            writer.Summary("The embedded input with the vector of each row's supervision step added to every position (supervision.step_embedding).");
            writer.Doc("param name=\"x\"", $"[B, {Invariant.Text(a.Positions)}, {Invariant.Text(a.Block.HiddenSize)}] {Forward}.");
            writer.Doc("param name=\"steps\"", "The rows' steps, [B], counted from 1; those beyond the last take the last one's vector.");
            writer.Block("public override Tensor AtStep(Tensor x, Tensor steps)", () => writer
                .Line("using var scope = NewDisposeScope();")
                .Line($"var vector = embed_step.forward((steps - 1).clamp_max({Invariant.Text(a.Supervision.Most - 1)})); // [B, {Invariant.Text(a.Block.HiddenSize)}]")
                .Line("return (x + Math.Sqrt(hidden_size) * vector.unsqueeze(1)).MoveToOuterDisposeScope();"));
            writer.Line();
        }

        if (a.Supervision.Feedback)
        {
            writer.Line("/// <inheritdoc/>").Line("public override bool FeedsBack => true;").Line();
        }

        if (a.Supervision.Candidates is { } candidates)
        {
            writer.Line("/// <inheritdoc/>").Line($"public override int Candidates => {Invariant.Text(candidates.Count)};").Line();
        }
    }

    private void EmitEmbed(CSharpWriter writer)
    {
        var (h, s) = (a.Block.HiddenSize, a.Task.SeqLen);
        writer.Line("using var scope = NewDisposeScope();");
        writer.Line($"var x = embed_tokens.forward(inputs); // [B, {s}, {h}]");
        if (a.Task.PuzzleEmbedding is { } p)
        {
            writer.Line($"var puzzle = puzzle_emb.forward(puzzle_identifiers); // [B, {p.Dim}]");
            if (p.Dim < p.Tokens * h)
            {
                writer.Line("puzzle = nn.functional.pad(puzzle, [0, (puzzle_tokens * hidden_size) - puzzle_dim]); // zeros up to whole tokens");
            }

            writer.Line($"x = cat([puzzle.view(-1, puzzle_tokens, hidden_size), x], 1); // [B, {a.Positions}, {h}]");
        }

        if (Learned)
        {
            // 1/sqrt(2): a sum of two of equal variance keeps it (official hrm_act_v1.py, _input_embeddings).
            writer.Line("x = 0.707106781 * (x + embed_pos.All()); // 1/sqrt(2) keeps the variance of the sum");
        }

        writer.Line("x = Math.Sqrt(hidden_size) * x;");
        writer.Line("return x.MoveToOuterDisposeScope();");
    }

    private string AnswerName() => a.Heads.Logits is { Index.Constant: { } index } element
        ? $"Latent.ElementName(nameof(Latents.{element.Name}), {index.Text})"
        : $"nameof(Latents.{a.Heads.Logits.Name})";

    private void EmitHeads(CSharpWriter writer)
    {
        var logits = ExpressionEmitter.Target(a.Heads.Logits);
        writer.Summary($"The answer's logits, [B, {a.Task.SeqLen}, {a.Task.VocabSize}] {Forward}, from {logits}; the puzzle tokens are dropped.");
        writer.Block("public override Tensor Logits(Latents latents)", () =>
        {
            writer.Line("using var scope = NewDisposeScope();");
            var cells = a.Task.PuzzleTokens > 0 ? $"lm_head.forward(latents.{logits}).narrow(1, puzzle_tokens, seq_len)" : $"lm_head.forward(latents.{logits})";
            writer.Line($"return {cells}.MoveToOuterDisposeScope();");
        });
        writer.Line();
        writer.Line("/// <inheritdoc/>").Line($"public override Tensor Answer(Latents latents) => latents.{logits};").Line();
        writer.Line("/// <inheritdoc/>").Line($"public override string AnswerLatent => {AnswerName()};").Line();
        if (a.Heads.Q is not { } q)
        {
            return;
        }

        writer.Line("/// <inheritdoc/>").Line("public override bool HasQ => true;").Line();
        writer.Summary($"The halting logits, [B] {Internal} each, from position {q.At} of {ExpressionEmitter.Target(q.From)}.");
        writer.Block("public override (Tensor q_halt, Tensor? q_continue) Q(Latents latents)", () =>
        {
            writer.Line("using var scope = NewDisposeScope();");
            var cast = a.Precision.Internal == a.Precision.Forward ? "" : $".to({Internal})";
            writer.Line($"var q = q_head.forward(latents.{ExpressionEmitter.Target(q.From)}.select(1, {q.At})){cast}; // [B, {q.Outputs}]");
            writer.Line(q.Outputs == 2
                ? "return scope.MoveToOuter(q.select(1, 0), q.select(1, 1));"
                : "return (q.select(1, 0).MoveToOuterDisposeScope(), null);");
        });
        writer.Line();
        if (a.Act.Rule is HaltRule.Threshold or HaltRule.Continue)
        {
            var rule = a.Act.Rule == HaltRule.Continue ? "q_halt > q_continue!" : $"q_halt > {Shared.Number(a.Act.Threshold)}";
            writer.Summary("Which rows would halt (act.halt_when), [B] bool.");
            writer.Line($"public override Tensor? Halts(Tensor q_halt, Tensor? q_continue) => {rule};").Line();
        }
    }
}
