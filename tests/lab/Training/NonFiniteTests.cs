using HrmGen.Checkpoints;
using HrmGen.Data;
using HrmGen.Lab.Runs;
using HrmGen.Lab.Tests.Support;
using static TorchSharp.torch;

namespace HrmGen.Lab.Tests.Training;

public sealed class NonFiniteTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("hrmgen-nan-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("lm_head.weight", "the logits")]
    [InlineData("L_level.layers.0.mlp.down_proj.weight", "the latent z_H")]
    [InlineData("q_head.bias", "q_halt")]
    public void A_loss_that_is_no_number_stops_the_run_and_names_step_tensor_and_checkpoint(string poisoned, string named)
    {
        var train = PuzzleDataset.Load(SmallModel.Sudoku4, "train");
        var entry = HrmGen.Specs.HrmModels.All.Single(m => m.Spec.Name == "Sudoku4Trm");
        using var model = entry.Create(null);
        using var step = entry.CreateTrainingStep(model, entry.Spec.Training with { BatchSize = 4, TotalSteps = 5 });
        using (no_grad())
        {
            model.Module.named_parameters().Single(p => p.name == poisoned).parameter.fill_(double.NaN);
        }

        var run = new TrainingRun(step, new TrainingBatches(train, 4, 0), new RunPlan(5, 1, 5, 1), new RunFolder(folder), (_, _) => { })
        {
            Evaluate = () => [],
            Save = _ => Assert.Fail("a bad state is not saved"),
            LastGood = () => "the last one",
        };

        var error = Assert.Throws<HrmGenException>(() => run.Run(CancellationToken.None));

        Assert.Contains($"the loss of step 1 is not a finite number; the first bad tensor is {named}.", error.Message, StringComparison.Ordinal);
        Assert.Contains("the last good checkpoint is the last one", error.Message, StringComparison.Ordinal);
        using var batch = SafetensorsFile.Open(Path.Combine(folder, "nonfinite-step-1.safetensors"));
        Assert.Equal([4L, 16], batch.Read("inputs").shape);
    }
}
