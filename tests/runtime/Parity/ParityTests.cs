using HrmGen.Parity;
using static TorchSharp.torch;

namespace HrmGen.Tests.Parity;

public class ParityTests
{
    /// <summary>In both lowerings the committed cases compare this many golden tensors besides inputs; a number that shrinks means that something stopped being compared.</summary>
    private const int Tensors = 6450;

    [Fact]
    public void Every_case_matches_the_official_code_and_nothing_is_left_over()
    {
        using var output = new StringWriter();
        var result = ParityRunner.Run(ParityRunner.CasesFolder, CPU, output, curveSteps: 100);
        Assert.True(result.Outside == 0, output.ToString());
        Assert.Equal(25, result.Cases);
        Assert.Equal(Tensors, result.Compared);
    }

    [Fact]
    public void A_folder_without_a_compiled_spec_fails()
    {
        var folder = Directory.CreateTempSubdirectory("parity");
        try
        {
            folder.CreateSubdirectory("some_case");
            using var output = new StringWriter();
            var result = ParityRunner.Run(folder.FullName, CPU, output);
            Assert.Equal(0, result.Cases);
            Assert.True(result.Outside > 0);
            Assert.Contains("some_case", output.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_changed_golden_tensor_is_noticed()
    {
        var source = Path.Combine(ParityRunner.CasesFolder, "trm_puzzle_emb_pad");
        var folder = Directory.CreateTempSubdirectory("parity");
        try
        {
            var copy = folder.CreateSubdirectory("trm_puzzle_emb_pad").FullName;
            foreach (var file in Directory.GetFiles(source))
            {
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
            }

            // One bit in the middle of the tensors: whichever tensor it hits is an input that spreads, or an expected value.
            var path = Path.Combine(copy, "tensors.safetensors");
            var bytes = File.ReadAllBytes(path);
            bytes[(bytes.Length / 2) | 3] ^= 0x40;
            File.WriteAllBytes(path, bytes);

            using var output = new StringWriter();
            var result = ParityRunner.Run(folder.FullName, CPU, output);
            Assert.True(result.Outside > 0, output.ToString());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
