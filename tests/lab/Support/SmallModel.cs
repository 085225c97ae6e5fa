using HrmGen.Checkpoints;
using HrmGen.Models;

namespace HrmGen.Lab.Tests.Support;

/// <summary>The smallest model of the repository, and what tests do with it.</summary>
internal static class SmallModel
{
    /// <summary>The smallest model of the repository: two z_L updates and one of z_H in a pass, four supervision steps.</summary>
    public const string Name = "TrmGrid_T1_n2";

    public static string Sudoku4 => Path.Combine(Repository.Root, "samples", "quickstart", "data", "sudoku4");

    public static async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        var run = await LabRun.Of(args);
        return (run.Code, run.Output, run.Error);
    }

    /// <summary>A folder that goes when the test ends.</summary>
    public static TemporaryFolder Folder() => new();

    public static IRecursiveModel Model(string name, long seed)
    {
        Native.NativeLibraries.Ensure();
        TorchSharp.torch.random.manual_seed(seed);
        return Specs.HrmModels.All.Single(m => m.Spec.Name == name).Create(null);
    }

    /// <summary>Weights of a model that nobody trained, whose answer still moves from step to step.</summary>
    public static string Weights(TemporaryFolder folder, long seed)
    {
        var path = folder["weights.safetensors"];
        using var model = Model(Name, seed);
        StateDict.Save(model.Module, path);
        return path;
    }

    internal sealed class TemporaryFolder : IDisposable
    {
        private readonly string path = Directory.CreateTempSubdirectory("hrmgen-lab-").FullName;

        public string this[string name] => Path.Combine(path, name);

        public void Dispose() => Directory.Delete(path, recursive: true);
    }
}
