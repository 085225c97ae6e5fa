using HrmGen.Lab.Tests.Support;

namespace HrmGen.Lab.Tests.Training;

/// <summary>A run from its first step to an evaluation, stopped and gone on with.</summary>
public sealed class TrainCommandTests : IDisposable
{
    private static readonly string Data = SmallModel.Sudoku4;

    private readonly string folder = Directory.CreateTempSubdirectory("hrmgen-lab-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_run_logs_evaluates_saves_and_goes_on_byte_for_byte()
    {
        string[] Train(string run, params string[] more) =>
            ["train", "sudoku4", "--data", Data, "--out", Path.Combine(folder, run), "--set", "steps=12", "batch_size=16", "--log-every", "2", "--eval-every", "6", "--save-every", "3", "--threads", "1", .. more];

        var whole = await LabRun.Of(Train("whole"));
        Assert.True(whole.Code == 0, whole.Error);
        Assert.Contains("step 12/12", whole.Output, StringComparison.Ordinal);
        Assert.Contains("step 6: test exact_accuracy", whole.Output, StringComparison.Ordinal);
        var rows = File.ReadAllLines(Path.Combine(folder, "whole", "metrics.csv"));
        Assert.StartsWith("step,loss,lm_loss,exact_accuracy,accuracy,supervision_steps,q_halt_loss,halt_precision,halt_recall,lr,samples_per_second,", rows[0], StringComparison.Ordinal);
        Assert.Contains("grad_norm/L_level", rows[0], StringComparison.Ordinal);
        Assert.Equal(["2", "4", "6", "8", "10", "12"], rows.Skip(1).Select(r => r.Split(',')[0]));
        Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(folder, "whole", "tensorboard", "metrics")));

        // The same run, its later checkpoints lost and its logs half written.
        Copy(Path.Combine(folder, "whole"), Path.Combine(folder, "cut"));
        var checkpoints = Path.Combine(folder, "cut", "checkpoints");
        foreach (var late in Directory.EnumerateDirectories(checkpoints).Where(d => string.CompareOrdinal(Path.GetFileName(d), "step-000009") > 0))
        {
            Directory.Delete(late, recursive: true);
        }

        File.AppendAllText(Path.Combine(folder, "cut", "metrics.csv"), "14,0.");
        var resumed = await LabRun.Of(Train("cut", "--resume"));
        Assert.True(resumed.Code == 0, resumed.Error);
        Assert.Contains("resumed from", resumed.Output, StringComparison.Ordinal);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(folder, "whole", "checkpoints", "step-000012", "model.safetensors")),
            File.ReadAllBytes(Path.Combine(checkpoints, "step-000012", "model.safetensors")));
        Assert.Equal(rows.Select(r => r.Split(',')[0]), File.ReadAllLines(Path.Combine(folder, "cut", "metrics.csv")).Select(r => r.Split(',')[0]));

        var evaluated = await LabRun.Of("eval", "sudoku4", "--data", Data, "--checkpoint", Path.Combine(folder, "whole"));
        Assert.True(evaluated.Code == 0, evaluated.Error);
        Assert.Contains("step-000012 (moving average)", evaluated.Output, StringComparison.Ordinal);
        Assert.Contains("exact accuracy by number of blanks", evaluated.Output, StringComparison.Ordinal);

        var rollouts = await LabRun.Of("eval", "sudoku4", "--data", Data, "--checkpoint", Path.Combine(folder, "whole"), "--rollouts", "2", "--noise", "0.2", "--steps", "3");
        Assert.True(rollouts.Code == 0, rollouts.Error);
        Assert.Contains("exact accuracy", rollouts.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no data", "train sudoku4 --data nowhere", "nowhere")]
    [InlineData("another vocabulary", "train maze8 --data DATA", "task.seq_len 64")]
    [InlineData("an unknown model", "train sudoku44 --data DATA", "did you mean 'sudoku4'?")]
    [InlineData("a setting of the spec", "train sudoku4 --data DATA --set hidden_size=3", "'hidden_size' cannot change at run time")]
    [InlineData("a misspelt setting", "train sudoku4 --data DATA --set weight_decy=3", "did you mean 'weight_decay'?")]
    [InlineData("a wrong value", "train sudoku4 --data DATA --set lr=fast", "'fast' is not a value of 'lr'")]
    [InlineData("a refill of no kind", "train sudoku4 --data DATA --set data.refill=later", "'later' is not a value of 'data.refill'")]
    [InlineData("a GPU that is not there", "train sudoku4 --data DATA --device cuda:77", "--device cuda:77")]
    [InlineData("a device of no kind", "train sudoku4 --data DATA --device tpu", "it is cpu, cuda, or cuda:N")]
    [InlineData("a batch beyond this machine", "train sudoku4 --data DATA --set batch_size=1000000000", " rows fit: --set batch_size=")]
    [InlineData("nothing to go on with", "train sudoku4 --data DATA --out nothing --resume", "holds no run")]
    public async Task What_a_user_can_get_wrong_is_said_with_its_remedy(string what, string command, string words)
    {
        var result = await LabRun.Of(command.Replace("DATA", Data, StringComparison.Ordinal).Split(' '));
        Assert.True(result.Code == 1, what);
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
