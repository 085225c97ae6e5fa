namespace HrmGen.Compiler.Language;

/// <summary>Names that members and locals of the emitted types take already.</summary>
internal static class EmittedNames
{
    // Constants and members of the emitted types, then the public members of TorchSharp's nn.Module, which they inherit.
    private static readonly HashSet<string> Taken = new(
        ("vocab_size seq_len puzzle_tokens positions hidden_size num_heads head_dim intermediate_size mixer_intermediate_size rms_norm_eps rope_theta "
        + "N_sup num_puzzles puzzle_dim embed_tokens embed_pos puzzle_emb rotary_emb lm_head q_head Spec Latents Layer Carry Embed Recur Logits Q "
        + "ForwardFlops StepFlops Parameters EffectiveDepth ForwardPasses ActivationBytes "
        + "scope latents cycle step substep inputs puzzle_identifiers device batch_size q_halt q_continue "
        + "forward call train eval training name parameters buffers children modules named_parameters named_buffers named_children named_modules "
        + "state_dict load_state_dict register_buffer register_parameter register_module get_parameter get_buffer get_submodule to cpu cuda "
        + "apply save load zero_grad requires_grad_ has_parameter has_buffer add_module GetName Dispose Equals GetHashCode GetType ToString "
        + "MemberwiseClone Finalize ReferenceEquals handle boxedModule register_forward_hook register_forward_pre_hook type "
        + "float32 float64 bfloat16 int32 int64 tensor torch").Split(' '),
        StringComparer.Ordinal);

    /// <summary>What is wrong with a name as a constant, network or latent; null where it is free.</summary>
    public static string? Problem(string name) => Taken.Contains(name) ? "the emitted code needs that name itself" : null;
}
