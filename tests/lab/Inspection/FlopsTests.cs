using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace HrmGen.Lab.Tests.Inspection;

/// <summary>The compiler's operations against those of a real forward, heads included.</summary>
public class FlopsTests
{
    [ProductsTheory(NeedsBFloat16 = false)]
    [InlineData("TrmGrid_T3_n6", 16, 6)]
    public void They_are_those_that_the_math_libraries_make_in_float32(string name, int cells, int vocabulary) => Check(name, cells, vocabulary);

    [ProductsTheory(NeedsBFloat16 = true)]
    [InlineData("HrmSudoku", 81, 11)]
    [InlineData("TrmAttSudoku", 81, 11)]
    [InlineData("TrmMlpSudoku", 81, 11)]
    [InlineData("UrmSudoku", 81, 11)]
    [InlineData("TransformerSudoku", 81, 11)]
    public void They_are_those_that_the_math_libraries_make_at_full_size(string name, int cells, int vocabulary) => Check(name, cells, vocabulary);

    private static void Check(string name, int cells, int vocabulary)
    {
        var entry = HrmGen.Specs.HrmModels.All.Single(m => m.Spec.Name == name);
        using var model = entry.Create(new Device(DeviceType.META));

        // URM's convolution is made of shifted products along positions, of which the libraries know nothing.
        var kernels = model.Module.named_parameters().Where(p => p.name.EndsWith("dwconv.weight", StringComparison.Ordinal)).Select(p => p.parameter).ToList();
        var convolution = kernels.Count == 0 ? 0 : 2.0 * kernels[0].numel() * (entry.Spec.SeqLen + entry.Spec.PuzzleTokens) * entry.Spec.EffectiveDepth;
        var counted = RealProducts.Count(name, cells, vocabulary) + convolution;

        // All that is missing is a head's work on the puzzle tokens, whose logits are dropped.
        Assert.InRange(entry.Spec.ForwardFlops / counted, 0.99998, 1.00001);
    }
}

/// <summary>A theory that reads what MKL and oneDNN report.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ProductsTheoryAttribute : TheoryAttribute
{
    private bool needsBFloat16;

    public ProductsTheoryAttribute()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || OperatingSystem.IsMacOS())
        {
            Skip = "torch makes its products with MKL, which reports them, on x64 only";
        }
    }

    /// <summary>Whether the models compute in bfloat16, whose products torch hands to the libraries where the processor has instructions for it.</summary>
    public bool NeedsBFloat16
    {
        get => needsBFloat16;
        set
        {
            needsBFloat16 = value;
            if (value && !(File.Exists("/proc/cpuinfo") && File.ReadAllText("/proc/cpuinfo").Contains("avx512_bf16", StringComparison.Ordinal)))
            {
                Skip ??= "this processor has no bfloat16 instructions (avx512_bf16), so that torch makes the products itself and reports none";
            }
        }
    }
}
