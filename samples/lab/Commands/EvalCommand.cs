using System.CommandLine;
using HrmGen.Data.Builders;
using HrmGen.Lab.Evaluation;
using HrmGen.Lab.Models;

namespace HrmGen.Lab.Commands;

/// <summary><c>hrmgen eval</c>: a model's accuracy on a split.</summary>
internal static class EvalCommand
{
    public static Command Create(LabHost host)
    {
        var spec = CommonOptions.Spec();
        var (data, device, batch) = (CommonOptions.Data(), CommonOptions.Device(), CommonOptions.BatchSize());
        var checkpoint = new Option<string?>("--checkpoint") { Description = "Weights: a run's folder, a checkpoint, or a safetensors file. Without it the model is untrained." };
        var split = new Option<string>("--split") { Description = "train or test.", DefaultValueFactory = _ => "test" };
        var raw = new Option<bool>("--raw") { Description = "The weights themselves instead of their moving average." };
        var halting = new Option<string?>("--halting") { Description = "all_steps, halt, or residual<EPS, as in residual<0.01; the spec's act.evaluate by default." };
        var steps = new Option<int?>("--steps") { Description = "Supervision steps at most; the spec's N_sup by default." };
        var rollouts = new Option<int?>("--rollouts") { Description = "Runs of each puzzle with noise on the answer's latent; the one that q_halt trusts most counts (PTRM)." };
        var noise = new Option<double>("--noise") { Description = "Standard deviation of that noise.", DefaultValueFactory = _ => 0.3 };
        var (seed, lowering) = (CommonOptions.Seed(), CommonOptions.Lowering());
        var command = new Command("eval", "Evaluate a model: exact accuracy first, then by supervision step.")
        {
            spec, data, checkpoint, split, raw, halting, steps, rollouts, noise, batch, device, lowering, seed,
        };
        host.Action(command, (arguments, _) =>
        {
            var entry = host.Models.Find(arguments.GetRequiredValue(spec));
            var dataset = Datasets.Load(arguments.GetRequiredValue(data), arguments.GetRequiredValue(split), entry.Spec);
            TorchSharp.torch.random.manual_seed(arguments.GetValue(seed));
            using var model = entry.Create(Devices.Of(arguments.GetRequiredValue(device)));
            Lowerings.Apply(arguments.GetValue(lowering), model);
            var weights = Weights.Load(model, arguments.GetValue(checkpoint), average: !arguments.GetValue(raw));
            var puzzles = arguments.GetValue(rollouts) is { } count
                ? Rollouts.Run(model, dataset, arguments.GetValue(batch), arguments.GetValue(steps) ?? entry.Spec.N_sup, Math.Max(1, count), arguments.GetValue(noise))
                : PuzzleEvaluation.Run(model, dataset, arguments.GetValue(batch), arguments.GetValue(steps), HaltingWords.Parse(arguments.GetValue(halting), entry.Spec));
            var (kind, answers) = (PuzzleText.KindOf(dataset), puzzles.ToList());
            new EvaluationReport(host.Output, entry.Spec, kind, answers, PuzzleRatings.Of(dataset)).Write(weights, $"{dataset.Directory} ({dataset.Split})");
            if (kind == PuzzleKind.Arc)
            {
                ArcVoting.Write(host.Output, dataset, answers);
            }

            return 0;
        });
        return command;
    }
}
