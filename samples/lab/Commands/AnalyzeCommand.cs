using System.CommandLine;
using HrmGen.Lab.Analysis;
using HrmGen.Lab.Models;
using HrmGen.Lab.Pages;
using HrmGen.Lab.Runs;

namespace HrmGen.Lab.Commands;

/// <summary><c>hrmgen analyze</c>: what the latents do inside the recursion, over a data set.</summary>
internal static class AnalyzeCommand
{
    public static Command Create(LabHost host)
    {
        var subject = new Argument<string>("run") { Description = "The folder of a training run, which says model, data set and weights; or a model, for which the options say them." };
        var data = new Option<DirectoryInfo?>("--data") { Description = "A data set in the official format: a folder with train/ and test/. A run's own by default." };
        var (device, seed) = (CommonOptions.Device(), CommonOptions.Seed());
        var checkpoint = new Option<string?>("--checkpoint") { Description = "Weights: a run's folder, a checkpoint, or a safetensors file. By default the run's newest checkpoint; a model without it is untrained." };
        var split = new Option<string>("--split") { Description = "train or test.", DefaultValueFactory = _ => "test" };
        var puzzles = new Option<int>("--puzzles") { Description = "Puzzles to look at: the first ones of the split.", DefaultValueFactory = _ => 64 };
        var raw = new Option<bool>("--raw") { Description = "The weights themselves instead of their moving average." };
        var output = new Option<DirectoryInfo>("--output") { Description = "Folder for updates.csv, trajectory.csv and analysis.html.", DefaultValueFactory = _ => new("analysis") };
        var command = new Command("analyze", "Residual after each update, a PCA trajectory and the participation ratio of every latent, as CSV and a page.")
        {
            subject, data, checkpoint, split, puzzles, raw, output, device, seed,
        };
        host.Action(command, (arguments, _) =>
        {
            var (entry, puzzleFolder, weights) = RunSubject.Find(arguments.GetRequiredValue(subject), arguments.GetValue(data), arguments.GetValue(checkpoint), host.Models);
            var dataset = Datasets.Load(puzzleFolder, arguments.GetRequiredValue(split), entry.Spec);
            var count = arguments.GetValue(puzzles);
            if (count < 2)
            {
                throw new HrmGenException($"--puzzles {count}: a spread takes at least 2");
            }

            TorchSharp.torch.random.manual_seed(arguments.GetValue(seed));
            using var model = entry.Create(Devices.Of(arguments.GetRequiredValue(device)));
            host.Output.WriteLine($"{entry.Spec.Name}, {Weights.Load(model, weights, average: !arguments.GetValue(raw))}; {dataset.Directory} ({dataset.Split})");
            var paths = LatentPaths.Follow(model, dataset, count);
            var folder = Directory.CreateDirectory(arguments.GetRequiredValue(output).FullName).FullName;
            File.WriteAllText(Path.Combine(folder, "updates.csv"), AnalysisTables.Updates(paths));
            File.WriteAllText(Path.Combine(folder, "trajectory.csv"), AnalysisTables.Trajectory(paths));
            PageTemplate.Save(new(Path.Combine(folder, "analysis.html")), AnalysisPage.Html(entry.Spec, paths));
            AnalysisTables.Summary(paths, host.Output);
            host.Output.WriteLine($"wrote {folder}: updates.csv, trajectory.csv, analysis.html");
            return 0;
        });
        return command;
    }
}
