using System.CommandLine;
using HrmGen.Lab.Models;

namespace HrmGen.Lab.Commands;

/// <summary>Arguments that several commands share.</summary>
internal static class CommonOptions
{
    public static Argument<string> Spec() => new("spec") { Description = "A model: its name, or its spec file (hrmgen models lists them)." };

    public static Option<DirectoryInfo> Data() => new("--data") { Description = "A data set in the official format: a folder with train/ and test/.", Required = true };

    public static Option<string> Device() => new("--device") { Description = "cpu, cuda or cuda:N.", DefaultValueFactory = _ => "cpu" };

    public static Option<long> Seed() => new("--seed") { Description = "Decides everything random.", DefaultValueFactory = _ => 0 };

    public static Option<string[]> Set() => new("--set")
    {
        Description = "An option of training that may change at run time, as in lr=1e-3; may be given several times.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    public static Option<string?> Lowering()
    {
        var option = new Option<string?>("--lowering") { Description = "reference (autograd) or fused (kernels, on the CPU); fused where model and machine can, by default." };
        option.AcceptOnlyFromAmong(Lowerings.Words);
        return option;
    }

    public static Option<int> BatchSize() => new("--batch-size") { Description = "Puzzles evaluated at a time.", DefaultValueFactory = _ => 256 };
}
