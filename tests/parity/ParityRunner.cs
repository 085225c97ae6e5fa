using System.Globalization;
using System.Reflection;
using HrmGen.Compiler;
using HrmGen.Compiler.Parsing;
using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Parity;

/// <summary>The score of a run over all cases.</summary>
/// <param name="Compared">Golden tensors that were compared.</param>
/// <param name="Cases">Cases that ran.</param>
/// <param name="Outside">Tensors outside of tolerance, missing or left over, and folders that could not run.</param>
public sealed record ParityResult(int Compared, int Cases, int Outside)
{
    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"parity: {Compared} tensors compared in {Cases} cases, {Outside} outside tolerance");
}

/// <summary>Runs every case of a folder with the specs that were compiled from it.</summary>
public static class ParityRunner
{
    /// <summary>The folder whose specs this assembly was compiled from.</summary>
    public static string CasesFolder { get; } = typeof(ParityRunner).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(a => a.Key == "ParityCases").Value!;

    /// <summary>Runs all cases.</summary>
    /// <param name="folder">Folders with a spec, tensors.safetensors, tolerance.json and config.json each.</param>
    /// <param name="device">Where to run.</param>
    /// <param name="output">Gets a line per case and a line per failure.</param>
    /// <param name="curveSteps">Steps to replay of a training curve; all of them when null.</param>
    public static ParityResult Run(string folder, Device device, TextWriter output, int? curveSteps = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        var (compared, cases, outside) = (0, 0, 0);
        foreach (var path in Directory.Exists(folder) ? Directory.GetDirectories(folder).Order(StringComparer.Ordinal) : Enumerable.Empty<string>())
        {
            var name = Path.GetFileName(path);
            foreach (var spec in Directory.GetFiles(path, "*.hrm.yaml").DefaultIfEmpty())
            {
                if (Find(spec) is not { } entry)
                {
                    outside++;
                    output.WriteLine($"{name}: {(spec is null ? "no *.hrm.yaml beside the tensors" : "its spec is not compiled into this runner: build with -p:ParityCases=" + folder)}");
                    continue;
                }

                cases++;
                foreach (var lowering in LoweringsOf(entry, device))
                {
                    var (c, o) = RunCase(path, entry with { Create = d => Create(entry, d, lowering) }, device, output, curveSteps);
                    (compared, outside) = (compared + c, outside + o);
                    output.WriteLine($"{name} ({entry.Spec.Name}, {(lowering == Lowering.Fused ? "fused" : "reference")}): {c} tensors compared, {o} outside tolerance");
                }
            }
        }

        if (cases == 0)
        {
            outside++;
            output.WriteLine($"no case in {folder}");
        }

        return new(compared, cases, outside);
    }

    private static IReadOnlyList<Lowering> LoweringsOf(ModelEntry entry, Device device)
    {
        using var model = entry.Create(device);
        return model.HasFusedForm && device.type == TorchSharp.DeviceType.CPU ? [Lowering.Reference, Lowering.Fused] : [Lowering.Reference];
    }

    private static IRecursiveModel Create(ModelEntry entry, Device? device, Lowering lowering)
    {
        var model = entry.Create(device);
        model.Lowering = lowering;
        return model;
    }

    private static (int Compared, int Outside) RunCase(string path, ModelEntry entry, Device device, TextWriter output, int? curveSteps)
    {
        if (CurveRunner.IsCurve(path))
        {
            using var curve = new CurveRunner(path, entry, device, output, Path.Combine(AppContext.BaseDirectory, "data", "sudoku4"), curveSteps);
            return curve.Run();
        }

        using var runner = new CaseRunner(path, entry, device, output);
        return runner.Run();
    }

    // Specs are found by the name that they give their model: file names repeat from case to case.
    private static ModelEntry? Find(string? spec)
    {
        if (spec is null || HrmCompiler.Parse(spec, File.ReadAllText(spec)).Root?["name"] is not SpecScalar name)
        {
            return null;
        }

        return HrmModels.All.FirstOrDefault(m => m.Spec.Name == name.Text);
    }
}
