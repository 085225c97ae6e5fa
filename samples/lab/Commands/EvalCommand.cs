using System.CommandLine;
using HrmGen.Lab.Models;
using HrmGen.Lab.Runs;

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
        var seed = CommonOptions.Seed();
        var command = new Command("eval", "Evaluate a model: exact accuracy first, then by supervision step.")
        {
            spec, data, checkpoint, split, raw, halting, steps, batch, device, seed,
        };
        host.Action(command, (arguments, _) =>
        {
            var entry = host.Models.Find(arguments.GetRequiredValue(spec));
            var dataset = Datasets.Load(arguments.GetRequiredValue(data), arguments.GetRequiredValue(split), entry.Spec);
            TorchSharp.torch.random.manual_seed(arguments.GetValue(seed));
            using var model = entry.Create(Devices.Of(arguments.GetRequiredValue(device)));
            var weights = Weights.Load(model, arguments.GetValue(checkpoint), average: !arguments.GetValue(raw));
            var result = Training.Evaluator.Evaluate(
                model, dataset, arguments.GetValue(batch), arguments.GetValue(steps), HaltingWords.Parse(arguments.GetValue(halting), entry.Spec));
            EvaluationReport.Write(host, entry.Spec, weights, dataset, result);
            return 0;
        });
        return command;
    }
}
