namespace HrmGen.Compiler.Tests.RandomPrograms;

/// <summary>
/// Tests that run thousands of tensor operations, one at a time. TorchSharp's arithmetic with numbers hands the native side a scalar that
/// nothing keeps alive: a collection on another thread can free it during the call, and this assembly's other tests collect all the time.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
