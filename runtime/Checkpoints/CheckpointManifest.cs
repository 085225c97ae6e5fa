using System.Globalization;
using System.Runtime.Intrinsics.X86;
using HrmGen.Training;
using static TorchSharp.torch;

namespace HrmGen.Checkpoints;

/// <summary>What <c>manifest.json</c> says about a checkpoint. Runs continue byte for byte where all but metrics and time agree.</summary>
public sealed record CheckpointManifest
{
    /// <summary>Optimizer steps before it.</summary>
    public required long Step { get; init; }

    /// <summary>Name of the model.</summary>
    public required string Spec { get; init; }

    /// <summary>Hash of the model's compiled code (<see cref="Models.ModelSpec.Hash"/>).</summary>
    public required string SpecHash { get; init; }

    /// <summary>Hash of the training split (<see cref="Data.PuzzleDataset.DataHash"/>).</summary>
    public required string DataHash { get; init; }

    /// <summary>Seed of the data order.</summary>
    public required long Seed { get; init; }

    /// <summary>Version of HrmGen that wrote it.</summary>
    public required string HrmGen { get; init; }

    /// <summary>Threads of a libtorch operation.</summary>
    public required int Threads { get; init; }

    /// <summary>The widest vector instructions of the CPU; libtorch adds up in their order.</summary>
    public required string InstructionSet { get; init; }

    /// <summary>How the recursion was computed, <c>reference</c> or <c>fused</c>: they round differently.</summary>
    public required string Lowering { get; init; }

    /// <summary>Where the model was: <c>cpu</c> or <c>cuda:0</c>.</summary>
    public required string Device { get; init; }

    /// <summary>When it was saved, in UTC.</summary>
    public required DateTime Saved { get; init; }

    /// <summary>Training options in force, by name.</summary>
    public required IReadOnlyDictionary<string, string> Options { get; init; }

    /// <summary>Figures of the run at that time; those that are no finite numbers are left out.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>The files beside the manifest.</summary>
    public required IReadOnlyDictionary<string, FileDigest> Files { get; init; }

    /// <summary>The version of this library.</summary>
    internal static string LibraryVersion => typeof(CheckpointManifest).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>The widest vector instructions that libtorch finds here, by the names of its own dispatch.</summary>
    public static string VectorInstructions =>
        Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported ? "AVX512"
        : Avx2.IsSupported && Fma.IsSupported ? "AVX2"
        : System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported ? "NEON"
        : "default";

    private static string LoweringOf(Models.Lowering lowering) => lowering == Models.Lowering.Fused ? "fused" : "reference";

    /// <summary>The manifest of a training step as it is now, without files.</summary>
    internal static CheckpointManifest Of(ITrainingStep step, Data.TrainingBatches batches, IReadOnlyDictionary<string, double>? metrics) => new()
    {
        Step = step.StepCount,
        Spec = step.Model.Info.Name,
        SpecHash = step.Model.Info.Hash,
        DataHash = batches.Dataset.DataHash,
        Seed = batches.ExportState().Seed,
        HrmGen = LibraryVersion,
        Threads = get_num_threads(),
        InstructionSet = VectorInstructions,
        Lowering = LoweringOf(step.Model.Lowering),
        Device = step.Model.Device.ToString(),
        Saved = DateTime.UtcNow,
        Options = OptionTexts(step.Options),
        Metrics = (metrics ?? new Dictionary<string, double>()).Where(m => double.IsFinite(m.Value)).ToDictionary(StringComparer.Ordinal),
        Files = new Dictionary<string, FileDigest>(),
    };

    /// <summary>
    /// Why a run must not go on from this checkpoint (null where it may), and what differs so that it does not go on byte for byte.
    /// </summary>
    internal (string? Refusal, IReadOnlyList<string> Notes) Compare(CheckpointManifest run)
    {
        string Short(string hash) => hash.Length > 12 ? hash[..12] + "…" : hash.Length == 0 ? "unknown" : hash;
        if (Spec != run.Spec || SpecHash != run.SpecHash)
        {
            return ($"it is of {Spec} (code {Short(SpecHash)}, HrmGen {HrmGen}), this model is {run.Spec} (code {Short(run.SpecHash)}, HrmGen {run.HrmGen}); build the spec that it was trained with, or start a new run", []);
        }

        if (DataHash != run.DataHash)
        {
            return ($"it was trained on other data ({Short(DataHash)}, this split is {Short(run.DataHash)}); give the folder that it was trained on, or start a new run", []);
        }

        var notes = new List<string>();
        void Differs(string what, string then, string now)
        {
            if (then != now)
            {
                notes.Add($"{what} was {then}, is {now}");
            }
        }

        Differs("HrmGen", HrmGen, run.HrmGen);
        Differs("threads", Threads.ToString(CultureInfo.InvariantCulture), run.Threads.ToString(CultureInfo.InvariantCulture));
        Differs("instruction set", InstructionSet, run.InstructionSet);
        Differs("lowering", Lowering, run.Lowering);
        Differs("device", Device, run.Device);
        foreach (var name in Options.Keys.Union(run.Options.Keys).Order(StringComparer.Ordinal))
        {
            Differs(name, Options.GetValueOrDefault(name, "not set"), run.Options.GetValueOrDefault(name, "not set"));
        }

        return (null, notes);
    }

    // Written out: reflection is not at hand in ahead-of-time compiled programs.
    private static Dictionary<string, string> OptionTexts(TrainingOptions o)
    {
        static string Text(IFormattable? value) => value?.ToString(null, CultureInfo.InvariantCulture) ?? "none";
        var groups = o.Groups.Select(g => $"{g.Name}({string.Join(' ', g.Prefixes)}; lr {Text(g.LearningRate)}, decay {Text(g.WeightDecay)}{(g.Frozen ? ", frozen" : "")})");
        var texts = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["batch_size"] = Text(o.BatchSize),
            ["lr"] = Text(o.LearningRate),
            ["warmup_steps"] = Text(o.WarmupSteps),
            ["lr_min_ratio"] = Text(o.MinRatio),
            ["beta1"] = Text(o.Beta1),
            ["beta2"] = Text(o.Beta2),
            ["weight_decay"] = Text(o.WeightDecay),
            ["muon"] = o.Muon is { } m ? $"lr {Text(m.LearningRate)}, decay {Text(m.WeightDecay)}, momentum {Text(m.Momentum)}, matches AdamW {m.MatchesAdamW}" : "none",
            ["clip_norm"] = Text(o.ClipNorm),
            ["groups"] = o.Groups.Count == 0 ? "none" : string.Join(", ", groups),
            ["puzzle_lr"] = Text(o.PuzzleLearningRate),
            ["puzzle_weight_decay"] = Text(o.PuzzleWeightDecay),
            ["ema"] = Text(o.EmaRate),
            ["total_steps"] = Text(o.TotalSteps),
            ["seed"] = Text(o.Seed),
        };
        if (o.Refill == RefillMode.Queue)
        {
            // Only where it is not the default: checkpoints from before there was a choice do not say it.
            texts["refill"] = "queue";
        }

        return texts;
    }
}
