using HrmGen.Compiler;

namespace HrmGen.Lab.Import;

/// <summary>Carries over <c>config/arch/*.yaml</c>: the layer, the recursion, halting.</summary>
/// <remarks>What an absent key means is said in the configuration classes of <c>models/</c> of the official repositories.</remarks>
internal sealed class ArchitectureImport(OfficialKeys keys, SpecDraft draft, string family)
{
    private const int Hier6Latents = 6;

    private bool IsTrm => draft.Preset == "hrmgen:trm";

    public void Import()
    {
        var hidden = keys.Whole("arch.hidden_size") ?? throw new HrmGenException("arch.hidden_size is missing; the configuration of an architecture has it");
        draft.Set("block.hidden_size", Invariant.Text(hidden));
        Block(hidden);
        Puzzles(hidden);
        Recursion();
        Halting();
        draft.Set("precision.forward", keys.Word("arch.forward_dtype", "bfloat16", "float32", "float64"));
    }

    private void Block(long hidden)
    {
        var (mlp, heads, positions) = (IsTrm && keys.Flag("arch.mlp_t") == true, keys.Whole("arch.num_heads"), keys.Word("arch.pos_encodings", "rope", "learned", "none"));
        draft.Set("block.expansion", keys.Number("arch.expansion"));
        draft.Set("block.rms_norm_eps", keys.Number("arch.rms_norm_eps"));
        var theta = keys.Number("arch.rope_theta");
        if (mlp)
        {
            // Without attention there are no heads, and nothing to rotate.
            draft.Set("block.mixer", "mlp");
            draft.Set("block.positions", positions is "learned" ? "learned" : "none");
            return;
        }

        draft.Set("block.positions", positions);
        draft.Set("block.rope_theta", positions is null or "rope" ? theta : null);
        if (heads is < 1)
        {
            throw new HrmGenException($"arch.num_heads: {heads} heads are none; mend the file, or override it (--set arch.num_heads=...)");
        }

        if (heads is { } count)
        {
            // The official code rounds down where the heads do not divide the channels.
            draft.Set("block.num_heads", Invariant.Text(count));
            draft.Set("block.head_dim", hidden % count != 0 || draft.Inherited("block.head_dim") is not null ? Invariant.Text(hidden / count) : null);
        }
    }

    private void Puzzles(long hidden)
    {
        var (dim, identifiers) = (keys.Whole("arch.puzzle_emb_ndim"), keys.Whole("num_puzzle_identifiers"));
        var length = IsTrm ? keys.Whole("arch.puzzle_emb_len") : null;
        if (dim is null or 0)
        {
            // No embedding: what would be learned of it, and how, is left behind without a word.
            draft.Set("task.puzzle_embedding", "none");
            return;
        }

        draft.Set("task.puzzle_embedding.count", identifiers is { } count ? Invariant.Text(count) : null);
        draft.Set("task.puzzle_embedding.dim", dim != hidden ? Invariant.Text(dim.Value) : null);
        draft.Set("task.puzzle_embedding.tokens", Invariant.Text(length is > 0 ? length.Value : (dim.Value + hidden - 1) / hidden));
    }

    private void Recursion()
    {
        var (high, outer) = (keys.Whole("arch.H_layers"), keys.Whole("arch.H_cycles"));
        if (draft.Preset == "hrmgen:transformer")
        {
            Layers("f_H", high);
            if (outer is not (null or 1))
            {
                keys.Refuse("arch.H_cycles", "the baseline has one stack that runs once; write the recursion yourself");
            }

            return;
        }

        var (low, inner) = (keys.Whole("arch.L_layers"), keys.Whole("arch.L_cycles"));
        draft.Set(IsTrm ? "recursion.let.T" : "recursion.let.N", Text(outer));
        draft.Set(IsTrm ? "recursion.let.n" : "recursion.let.T", Text(inner));
        if (!IsTrm)
        {
            Layers("f_L", low);
            Layers("f_H", high);
            return;
        }

        Layers("f", low);
        if (high is not (null or 0))
        {
            keys.Refuse("arch.H_layers", "the official code ignores it: one network does both");
        }

        Latents(inner);
    }

    private void Latents(long? inner)
    {
        switch (family)
        {
            case "trm_singlez":
                draft.Set("recursion.latents.z_H", "null");
                draft.Set("heads.logits", "z_L");
                draft.Set("heads.q.from", "z_L");
                draft.Program("- repeat: T", "  do:", "    - { repeat: n, do: [\"z_L = f(z_L + x)\"] }", "    - \"z_L = f(z_L)\"");
                break;
            case "trm_hier6":
                if (inner > Hier6Latents)
                {
                    throw new HrmGenException($"arch.L_cycles: trm_hier6 has {Hier6Latents} latents, one for each cycle, so {inner} cycles do not fit; set it to at most {Hier6Latents}");
                }

                draft.Set("recursion.latents.z_L.count", Invariant.Text(Hier6Latents));
                draft.Set("recursion.latents.z_L.state_dict", "\"L{i}_init\"");
                draft.Program("- repeat: T", "  do:", "    - { for: i in 1..n, do: [\"z_L[i] = f(sum(z_L) + (z_H + x))\"] }", "    - \"z_H = f(z_H + sum(z_L))\"");
                break;
        }
    }

    private void Halting()
    {
        draft.Set("supervision.N_sup", Text(keys.Whole("arch.halt_max_steps")));
        draft.Set("act.exploration", keys.Number("arch.halt_exploration_prob"));
        if (IsTrm && keys.Flag("arch.no_ACT_continue") == false)
        {
            draft.Set("act.loss.continue", "0.5");
            draft.Set("act.halt_when", "q_halt > q_continue");
        }

        if (draft.Preset != "hrmgen:transformer")
        {
            return;
        }

        if (keys.Flag("arch.act_enabled") == false)
        {
            keys.Refuse("arch.act_enabled", "write 'act: none' where every example runs all steps");
        }

        draft.Set("act.evaluate", keys.Flag("arch.act_inference") == true ? "halt" : null);
    }

    private void Layers(string network, long? layers) => draft.Set($"networks.{network}.layers", Text(layers));

    private static string? Text(long? value) => value is { } number ? Invariant.Text(number) : null;
}
