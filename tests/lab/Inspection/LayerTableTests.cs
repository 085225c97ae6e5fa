using HrmGen.Lab.Inspection;
using HrmGen.Lab.Tests.Support;
using HrmGen.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace HrmGen.Lab.Tests.Inspection;

/// <summary>What is told of a spec without making its module, held to the module that the generator emitted for it.</summary>
public class LayerTableTests
{
    public static TheoryData<string> All => [.. HrmGen.Specs.HrmModels.All.Select(m => m.Spec.Name)];

    [Theory]
    [MemberData(nameof(All))]
    public void The_layer_table_lists_the_tensors_of_the_module(string name)
    {
        var (entry, spec) = Compile(name);
        using var model = entry.Create(new Device(DeviceType.META));
        var trained = model.Module.named_parameters().Select(p => $"{p.name} [{string.Join(",", p.parameter.shape)}] trained");

        // The rotary tables are buffers that no checkpoint holds.
        var buffers = model.Module.named_buffers().Where(b => !b.name.StartsWith("rotary_emb.", StringComparison.Ordinal)).Select(b => $"{b.name} [{string.Join(",", b.buffer.shape)}] buffer");
        var listed = LayerTable.Of(spec.Architecture).SelectMany(r => r.Names.Select(n => $"{n} [{string.Join(",", r.Shape)}] {(r.IsTrained ? "trained" : "buffer")}"));
        Assert.Equal(trained.Concat(buffers).Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        Assert.Equal(spec.Sizes.Parameters, LayerTable.Of(spec.Architecture).Where(r => r.IsTrained).Sum(r => r.Elements));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_spec_compiled_from_the_disk_is_the_one_of_the_registry(string name)
    {
        var (entry, spec) = Compile(name);
        var (s, z) = (entry.Spec, spec.Sizes);
        Assert.Equal((s.Parameters, s.EffectiveDepth, s.ForwardPasses, s.ForwardFlops, s.StepFlops, s.ActivationBytes, s.FusedActivationBytes),
            (z.Parameters, z.EffectiveDepth, z.ForwardPasses, z.ForwardFlops, z.StepFlops, z.ActivationBytes, z.FusedActivationBytes));
    }

    private static (ModelEntry Entry, CompiledSpec Spec) Compile(string name)
    {
        var entry = HrmGen.Specs.HrmModels.All.Single(m => m.Spec.Name == name);
        using var error = new StringWriter();
        var spec = SpecCompilation.Load(new(Repository.Spec(entry.Spec.Source), name), error);
        Assert.Equal("", error.ToString());
        return (entry, spec!);
    }
}
