using static TorchSharp.torch;

namespace HrmGen.Layers;

/// <summary>A module whose parameters, buffers and submodules are only those that it registers by name.</summary>
/// <remarks>
/// TorchSharp registers the fields of every module that becomes a submodule, by reflection and under the fields' names: that would add
/// second names to a state_dict, and ahead-of-time compilation does not keep the fields.
/// </remarks>
public abstract class ExplicitModule<T, TResult>(string name) : nn.Module<T, TResult>(name)
{
    /// <summary>Registers nothing: constructors have done it.</summary>
    protected sealed override void RegisterComponents()
    {
    }
}
