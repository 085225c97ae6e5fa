using System.Globalization;
using System.Security.Cryptography;
using HrmGen;
using HrmGen.Checkpoints;
using HrmGen.Data;
using HrmGen.KilledRun;
using HrmGen.Training;
using TorchSharp;

// DATA RUN STEPS INTERVAL: trains from the latest whole checkpoint of RUN, saves every INTERVAL steps and says so, and prints a hash of everything that
// the run has become, its last loss included.
try
{
    var (data, run, steps, interval) = (args[0], args[1], long.Parse(args[2], CultureInfo.InvariantCulture), long.Parse(args[3], CultureInfo.InvariantCulture));
    torch.set_num_threads(1);
    _ = torch.random.manual_seed(5);
    using var model = new Killed();
    using var step = new KilledTrainingStep(model, Killed.Spec.Training with { Seed = 3 });
    var batches = new TrainingBatches(PuzzleDataset.Load(data, "train"), 8, seed: 7, augmentation: new SudokuDigitRelabelling(6));
    var checkpoints = new CheckpointFolder(run, new CheckpointRetention(2));
    var search = checkpoints.FindLatest();
    foreach (var refused in search.Refused)
    {
        Console.WriteLine($"refused {refused.Reason}");
    }

    foreach (var note in search.Found?.Resume(step, batches) ?? [])
    {
        Console.WriteLine($"note {note}");
    }

    Console.WriteLine($"from {step.StepCount}");
    using var offers = new OfferedBatches(batches);
    using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    while (step.StepCount < steps)
    {
        var loss = step.Step(offers.For(step)).Losses.loss;
        if (step.StepCount == steps)
        {
            sha.AppendData(loss.cpu().bytes);
        }

        if (step.StepCount % interval == 0 && step.StepCount < steps)
        {
            _ = checkpoints.Save(step, batches);
            Console.WriteLine($"saved {step.StepCount}");
        }
    }

    using var scope = torch.NewDisposeScope();
    foreach (var (_, tensor) in StateDict.Of(model).Concat(step.State).Concat(step.Ema!.Shadow.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => (s.Key, s.Value))))
    {
        sha.AppendData(tensor.cpu().contiguous().bytes);
    }

    Console.WriteLine($"hash {Convert.ToHexStringLower(sha.GetHashAndReset())}");
    return 0;
}
catch (HrmGenException e)
{
    Console.WriteLine($"error {e.Message}");
    return 3;
}
