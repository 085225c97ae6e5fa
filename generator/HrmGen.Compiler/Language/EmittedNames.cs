namespace HrmGen.Compiler.Language;

/// <summary>Names that members and locals of the emitted types take already.</summary>
internal static class EmittedNames
{
    // Constants and members of the emitted types, then the public members of TorchSharp's nn.Module, which they inherit.
    private static readonly HashSet<string> Taken = new(
        ("vocab_size seq_len grid_rows grid_columns conv_kernel puzzle_tokens positions hidden_size num_heads head_dim intermediate_size mixer_intermediate_size rms_norm_eps rope_theta "
        + "N_sup num_puzzles puzzle_dim embed_tokens embed_pos embed_step puzzle_emb rotary_emb lm_head q_head Spec Latents Layer Carry Embed Recur Logits Q "
        + "ForwardFlops StepFlops Parameters EffectiveDepth ForwardPasses ActivationBytes FusedActivationBytes "
        + "HasFusedForm Lowering Reference FusedForm fused_form Forward Backward Run "
        + "AnswerLatent AtStep FeedsBack Candidates winners won before targets "
        + "halt_weight continue_weight n_sup exploration_probability iteration "
        + "scope latents cycle step substep inputs puzzle_identifiers device batch_size q_halt q_continue "
        + "forward call train eval training name parameters buffers children modules named_parameters named_buffers named_children named_modules "
        + "state_dict load_state_dict register_buffer register_parameter register_module get_parameter get_buffer get_submodule to cpu cuda "
        + "apply save load zero_grad requires_grad_ has_parameter has_buffer add_module GetName Dispose Equals GetHashCode GetType ToString "
        + "MemberwiseClone Finalize ReferenceEquals handle boxedModule register_forward_hook register_forward_pre_hook type "
        + "ClearModules ConditionallyRegisterBuffer ConditionallyRegisterParameter GetDefaultDeviceAndType HType HookRemover RegisterComponents "
        + "ReplaceBuffer ReplaceParameter module_post_hooks module_pre_hooks post_hooks pre_hooks save_state_dict "
        // Of the runtime's base class, and of the record of latents.
        + "Answer Halts Progress Residuals Settled Device Evaluate HasQ Info InitialLatents Losses Module PuzzleEmbedding Reset "
        + "Clone Deconstruct EqualityContract From Named PrintMembers nameof field").Split(' '),
        StringComparer.Ordinal);

    // What emitted expressions call.
    private static readonly HashSet<string> Called = new(
        ("CrossEntropy Enumerable EvaluationHalting Winners StepWeights MuonOptions RefillMode ParameterGroup HaltingHead HaltingLoss Latent Math NewDisposeScope Normalization no_grad "
        + "float32 float64 bfloat16 int32 int64 tensor torch").Split(' '),
        StringComparer.Ordinal);

    // Types that emitted code names, which a model of that name would hide, and members of its training step, which would hide the model.
    private static readonly HashSet<string> Types = new(
        ("AdamATan2 AdamW Muon ConvSwiGLU Attention CastedEmbedding CastedLinear FusedAttention FusedLayer FusedNorm FusedPass FusedTile FusedPlan FusedStack FusedSwiGLU Rows Exploration Func HrmModels IEnumerable ILatents IReadOnlyList LayerStack ModelEntry "
        + "BFloat16 ModelSpec NativeLibraries NativeLibrariesInitializer Parameter Predictions PuzzleBatch RecursiveModel RotaryEmbedding SparseEmbedding "
        + "StepMetrics StepOutput StepResult SupervisionLosses SupervisionOutputs SwiGLU Tensor TrainingOptions TrainingStep "
        + "BatchHasEnded TakesBatch Ema Finish WithFeedback Path CarriedData HaltedRows State Restore Model Optimizer Options Refill Step StepCount UpdateWeights ZeroGrad is_last next_q_continue next_q_halt target_q_continue").Split(' '),
        StringComparer.Ordinal);

    /// <summary>What is wrong with a name as a constant, network, latent or loop variable; null where it is free.</summary>
    public static string? Problem(string name) => Taken.Contains(name) || Called.Contains(name) || IsReserved(name) ? "the emitted code needs that name itself" : null;

    /// <summary>The field that holds a latent's initial vector.</summary>
    public static string InitialVector(string latent) => latent + "_init";

    /// <summary>What is wrong with a name as a model's; null where it is free.</summary>
    public static string? ModelProblem(string name)
    {
        if (name.All(c => c is >= 'a' and <= 'z'))
        {
            return "C# keeps type names in lower case for itself; begin with a capital";
        }

        if (name.EndsWith(TrainingStepSuffix, StringComparison.Ordinal))
        {
            return $"names that end in {TrainingStepSuffix} are those of the emitted training steps";
        }

        return Types.Contains(name) ? "the emitted code needs that name itself" : Problem(name);
    }

    /// <summary>What is wrong with a namespace for emitted types, or null.</summary>
    public static string? NamespaceProblem(string ns)
    {
        if (ns.Length > MaxNamespace)
        {
            return $"a namespace has at most {MaxNamespace} characters";
        }

        foreach (var part in ns.Split('.'))
        {
            if (!Names.IsIdentifier(part) || Names.IsKeyword(part))
            {
                return "a namespace is made of C# identifiers joined by dots";
            }

            // C# looks into the enclosing namespaces before it looks at using directives.
            if (Types.Contains(part) || Called.Contains(part))
            {
                return $"inside it, '{part}' would be the namespace and not what the emitted code means";
            }
        }

        return null;
    }

    // Metadata holds full names of 1023 bytes, and types inside of types come on top.
    private const int MaxNamespace = 512;

    private const string TrainingStepSuffix = "TrainingStep";

    // Fields and accessors of the base classes, and counters of deep loops.
    private static bool IsReserved(string name) =>
        name[0] == '_' || name.StartsWith("before_", StringComparison.Ordinal) || Numbered(name, "Recur") || Numbered(name, "Forward") || Numbered(name, "Run") || Numbered(name, "Backward") || Numbered(name, "substep")
        || name.StartsWith("get_", StringComparison.Ordinal) || name.StartsWith("set_", StringComparison.Ordinal);

    private static bool Numbered(string name, string stem) => name.StartsWith(stem, StringComparison.Ordinal) && name.Skip(stem.Length).All(Names.IsDigit);
}
