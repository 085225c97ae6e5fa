using static TorchSharp.torch;

namespace HrmGen.Tests.Fused;

/// <summary>What the compiler says of memory, held to what layers ask for.</summary>
public sealed class LayerMemoryTests : IDisposable
{
    private readonly int threads = get_num_threads();

    public LayerMemoryTests() => set_num_threads(1);

    public void Dispose() => set_num_threads(threads);

    public static TheoryData<string> All => [.. HrmModels.All.Select(m => m.Spec.Name)];

    [Theory]
    [MemberData(nameof(All))]
    public void Layers_work_in_what_the_compiler_counted(string name) => LayerMemory.Check<double>(HrmModels.All.Single(m => m.Spec.Name == name));
}
