using System.Text.Json;
using HrmGen.Compiler.Model;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Passes;

/// <summary>The numbers that the papers and the official code give.</summary>
public sealed class SizeAnalysisTests
{
    [Theory]
    [InlineData(Specs.Hrm, 27_275_266)]
    [InlineData(Specs.TrmMlp, 5_028_866)]
    [InlineData(Specs.TrmAtt, 6_828_034)]
    public void Published_parameter_counts(string spec, long parameters) => Assert.Equal(parameters, SpecCompiler.Lower(spec).Sizes.Parameters);

    [Theory]
    [InlineData(Specs.Hrm, 24, 8, 2)]
    [InlineData(Specs.TrmAtt, 42, 14, 1)]
    [InlineData(Specs.TrmMlp, 42, 14, 1)]
    [InlineData(Specs.Hrm + "supervision: { N_sup: 1 }\n", 24, 8, 1)] // no next pass to look at
    [InlineData(Specs.Hrm + "act: { loss: { continue: null }, halt_when: q_halt > 0 }\n", 24, 8, 1)]
    [InlineData(Specs.TrmAtt + "recursion: { gradient: full }\n", 42, 42, 1)]
    public void Depths_and_forward_passes(string spec, long depth, long recorded, int passes)
    {
        var sizes = SpecCompiler.Lower(spec).Sizes;
        Assert.Equal((depth, recorded, passes), (sizes.EffectiveDepth, sizes.RecordedDepth, sizes.ForwardPasses));
    }

    [Fact]
    public void The_puzzle_embedding_is_counted_apart()
    {
        var sizes = SpecCompiler.Lower(Specs.TrmAtt + "task: { puzzle_embedding: { count: 1000 } }\n").Sizes;
        Assert.Equal((6_828_034, 512_000), (sizes.Parameters, sizes.PuzzleEmbeddingSize));
    }

    [Theory]
    [InlineData("block: { positions: learned }", 97 * 512)]
    [InlineData("recursion: { latents: { z_H: { init: learned } } }", 512)]
    [InlineData("recursion: { latents: { z_H: { init: zeros, state_dict: null } } }", 0)]
    [InlineData("heads: { q: { outputs: 1 } }", -513)]
    [InlineData("act: none", -2 * 513)]
    [InlineData("task: { vocab_size: 12 }", 2 * 512)]
    public void Parameters_that_an_override_adds(string lines, long difference) =>
        Assert.Equal(6_828_034 + difference, SpecCompiler.Lower(Specs.TrmAtt + lines + "\n").Sizes.Parameters);

    /// <summary>Two operations a multiply-add, counted by hand for a model of one layer of 8 channels, 2 heads of 4 and 4 positions.</summary>
    [Fact]
    public void Operations_of_a_small_model_by_hand()
    {
        var sizes = SpecCompiler.Lower(Specs.Small("  latents: { z_H: {} }\n  program: [\"z_H = f(z_H + x)\"]\n  gradient: full", "{ f: { layers: 1 } }")).Sizes;

        const long qkvo = 2 * 4 * (4 * 8 * 8); // 4 positions, four 8 x 8 products
        const long scores = 2 * (2 * 4 * 4 * 8); // q k^T and p v, over all heads
        const long swiglu = 2 * 4 * (3 * 8 * 256);
        const long head = 2 * 4 * 8 * 5;
        Assert.Equal(qkvo + scores + swiglu + head, sizes.ForwardFlops);
        Assert.Equal(3 * sizes.ForwardFlops, sizes.StepFlops); // backward: twice the forward
        Assert.Equal((4 * 8 * 8) + (3 * 8 * 256) + (2 * 5 * 8), sizes.Parameters); // no halting head: nothing uses one
    }

    [Fact]
    public void Widths_of_SwiGLU_are_the_official_code_s()
    {
        using var table = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "swiglu_widths.json")));
        Assert.True(table.RootElement.GetArrayLength() > 50);
        foreach (var row in table.RootElement.EnumerateArray())
        {
            var (size, expansion) = (row.GetProperty("hidden_size").GetInt32(), row.GetProperty("expansion").GetDouble());
            Assert.True(row.GetProperty("inter").GetInt32() == BlockShape.SwiGluWidth(size, expansion), $"{size} x {expansion}: {BlockShape.SwiGluWidth(size, expansion)}, not {row}");
        }
    }
}
