using HrmGen.Compiler;
using HrmGen.Compiler.Model;

namespace HrmGen.Lab.Inspection;

/// <summary>Everything that <c>hrmgen inspect</c> tells of a model.</summary>
internal sealed class InspectionReport(CompiledSpec spec, int batch, TextWriter output)
{
    private readonly ArchitectureModel a = spec.Architecture;
    private readonly LoweredModel model = spec.Lowered;
    private readonly bool endsEarly = UpdateCount.EndsEarly(spec.Lowered.Recursion);

    /// <summary>Writes it.</summary>
    public void Write()
    {
        output.WriteLine($"{a.Name} ({a.Source})");
        foreach (var line in new[] { a.Summary, a.Published.Length > 0 ? "published: " + a.Published : "" }.Where(l => l.Length > 0))
        {
            output.WriteLine(line);
        }

        output.WriteLine($"{a.Task.VocabSize} tokens, {a.Task.SeqLen} cells, {a.Positions} positions of {a.Block.HiddenSize} channels, weights {a.Precision.Parameters}, forward {a.Precision.Forward}".ToLowerInvariant());
        Layers();
        Before();
        After();
        Gradient();
        Cost();
        Memory();
    }

    private void Layers()
    {
        Heading($"Layers (names below {LayerTable.Prefix})");
        var rows = LayerTable.Of(a);
        string Shape(LayerRow r) => $"{(r.Tensors > 1 ? $"{r.Tensors} x " : "")}[{string.Join(", ", r.Shape)}]";
        TextTable.Write(output, "<<<>",
            [
                ["module", "checkpoint name", "shape", "numbers"],
                .. rows.Select(r => new[] { r.Module, r.ShownName, Shape(r), Figures.Whole(r.Elements) + (r.IsTrained ? "  " : " *") }),
            ]);
        output.WriteLine($"{Figures.Whole(spec.Sizes.Parameters)} parameters; * {Figures.Whole(rows.Where(r => !r.IsTrained).Sum(r => r.Elements))} numbers in buffers, which the optimizer of the parameters does not train");
    }

    private void Before()
    {
        var constants = string.Join(", ", a.Recursion.Constants.Select(c => $"{c.Name} = {c.Value}"));
        Heading("Recursion as written" + (constants.Length > 0 ? $" ({constants})" : ""));
        Lines(RecursionText.Lines(a.Recursion.Body));
    }

    private void After()
    {
        for (var i = 0; i < model.Earlier.Count; i++)
        {
            var constants = string.Join(", ", a.Earlier[i].Program.Constants.Select(c => $"{c.Name} = {c.Value}"));
            After(model.Earlier[i], $"Recursion after the passes, until {Invariant.Text(a.Earlier[i].Until)} of training ({constants})");
        }

        After(model.Recursion, "Recursion after the passes" + (model.Earlier.Count > 0 ? ", at the end of training" : ""));
    }

    private void After(LoweredRecursion recursion, string heading)
    {
        Heading(heading);
        if (recursion.WithoutGradient.Count > 0)
        {
            output.WriteLine($"  detached, {UpdateCount.Detached(recursion)} of {UpdateCount.All(recursion)} updates:");
            Lines(RecursionText.Lines(recursion.WithoutGradient, "  "));
        }

        output.WriteLine($"  recorded, {UpdateCount.Recorded(recursion)} of {UpdateCount.All(recursion)} updates:");
        Lines(RecursionText.Lines(recursion.WithGradient, "  "));
    }

    private void Gradient()
    {
        var coverage = GradientCoverage.Of(model);
        Heading($"What the gradient covers (recursion.gradient: {a.Recursion.Gradient.Text})");
        TextTable.Write(output, "<>", [.. coverage.Updates.Select(u => new[] { "  " + u.Equation, $"{u.Recorded} of {u.Executed}" })]);
        output.WriteLine($"  {UpdateCount.Text(spec.Sizes.RecordedDepth, Statement.EndsEarly(model.Recursion.WithGradient))} of {UpdateCount.Text(spec.Sizes.EffectiveDepth, endsEarly)} layer calls; it {(coverage.InputReached ? "reaches" : "does not reach")} the embedded input and trains {string.Join(", ", coverage.Trained)}"
            + (coverage.Untrained.Count > 0 ? $"; it never reaches {string.Join(", ", coverage.Untrained)}" : ""));
    }

    private void Cost()
    {
        var s = spec.Sizes;
        Heading("Cost" + (endsEarly ? " at most, with every iteration of the loops that may end early" : ""));
        TextTable.Write(output, "<>",
        [
            ["  effective depth (layer calls a pass)", Figures.Whole(s.EffectiveDepth)],
            ["  forward passes an optimizer step", Figures.Whole(s.ForwardPasses)],
            ["  one pass, one example", Figures.Flops(s.ForwardFlops)],
            ["  one optimizer step, one example", Figures.Flops(s.StepFlops)],
            [$"  one optimizer step, {Figures.Whole(batch)} examples", Figures.Flops((double)s.StepFlops * batch)],
            ["  supervision steps at most", Figures.Whole(a.Supervision.N_sup)],
        ]);
    }

    private void Memory()
    {
        var m = MemoryEstimate.Of(model, batch);
        Heading($"Memory of training, {Figures.Whole(batch)} examples");
        TextTable.Write(output, "<>",
        [
            ["  weights", Figures.MiB(m.Weights)], ["  gradients", Figures.MiB(m.Gradients)], ["  optimizer", Figures.MiB(m.Optimizer)],
            ["  moving average", Figures.MiB(m.Average)], ["  latents", Figures.MiB(m.Latents)],
            ["  activations, reference lowering (at least)", Figures.MiB(m.Activations)], ["  total, reference lowering (at least)", Figures.MiB(m.Total)],
            .. m is { FusedActivations: { } activations, FusedTotal: { } total }
                ? new string[][] { ["  activations, fused lowering", Figures.MiB(activations)], ["  total, fused lowering", Figures.MiB(total)] } : [],
        ]);
    }

    private void Heading(string text)
    {
        output.WriteLine();
        output.WriteLine(text);
    }

    private void Lines(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            output.WriteLine("  " + line);
        }
    }
}
