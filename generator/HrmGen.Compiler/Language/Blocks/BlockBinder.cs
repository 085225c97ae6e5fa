using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Language.Blocks;

/// <summary>Reads <c>block</c>: one layer.</summary>
internal sealed class BlockBinder(Section section, List<SpecDiagnostic> diagnostics)
{
    /// <summary>The layer, for a sequence of the task's length.</summary>
    public BlockShape Bind(TaskShape task)
    {
        var input = new PartInput(section, section.Int("hidden_size", 1), task.SeqLen + task.PuzzleTokens, section.Double("expansion", 4), diagnostics);
        var (mixer, feedForward) = (Pick("mixer", Mixers.All), Pick("feed_forward", FeedForwards.All));
        WarnOfKeysOfOthers("mixer", Mixers.All, mixer);
        WarnOfKeysOfOthers("feed_forward", FeedForwards.All, feedForward);
        var part = Bind(mixer, input);
        var positions = BindPositions(mixer, part, task);
        if (positions is not (PositionEncoding.Rope or PositionEncoding.Rope2D) && section["rope_theta"] is not null)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.WithoutEffect, section.At("rope_theta"), "rope_theta", "no positions are rotated here"));
        }

        return new(input.HiddenSize, part, Bind(feedForward, input), section.Text("norm", "post_rms") == "pre_rms", positions,
            section.Double("rope_theta", 10_000), section.Double("rms_norm_eps", 1e-5));
    }

    private static BlockPart Bind(PartKind kind, PartInput input) => kind.Bind(input);

    private PartKind Pick(string key, IReadOnlyList<PartKind> kinds)
    {
        var word = section.Text(key, kinds[0].Name);
        return kinds.First(k => k.Name == word);
    }

    private void WarnOfKeysOfOthers(string slot, IReadOnlyList<PartKind> kinds, PartKind chosen)
    {
        foreach (var other in kinds)
        {
            foreach (var key in other.Keys.Where(k => section[k.Name] is not null && !chosen.Keys.Contains(k)))
            {
                diagnostics.Add(SpecDiagnostic.AtKey(Rules.WithoutEffect, section.At(key.Name), key.Name, $"it belongs to '{slot}: {other.Name}', and this is '{slot}: {chosen.Name}'"));
            }
        }
    }

    private PositionEncoding BindPositions(PartKind mixer, BlockPart part, TaskShape task)
    {
        var word = section.Text("positions", mixer.IsRotary ? "rope" : "none");
        if (!mixer.IsRotary && word is "rope" or "rope2d")
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.WithoutEffect, section.At("positions"), $"positions: {word}", $"rotary positions work inside attention, and the mixer is '{mixer.Name}'; write 'none'"));
            return PositionEncoding.None;
        }

        switch (word)
        {
            case "rope":
                CheckHead(part, 2, "Rotary positions turn pairs of channels", "even");
                return PositionEncoding.Rope;
            case "rope2d":
                CheckHead(part, 4, "Rotary positions of rows and columns turn pairs of channels in each half of a head", "a multiple of 4");
                if (task.Grid is null)
                {
                    diagnostics.Add(SpecDiagnostic.At(Rules.Contradiction, section.At("positions"), "'positions: rope2d' needs to know the rows and columns of the cells: give 'task.grid', as in [9, 9]"));
                }

                return PositionEncoding.Rope2D;
            default:
                return word == "learned" ? PositionEncoding.Learned : PositionEncoding.None;
        }
    }

    private void CheckHead(BlockPart part, int divisor, string why, string what)
    {
        if (part["head_dim"] % divisor != 0)
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.RotaryDim, section.At(section["head_dim"] is null ? "num_heads" : "head_dim"), why, what, part["head_dim"]));
        }
    }
}
