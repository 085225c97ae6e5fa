using HrmGen.Models;

namespace HrmGen.Lab.Models;

/// <summary><c>--lowering</c>.</summary>
internal static class Lowerings
{
    /// <summary>The words.</summary>
    public static readonly string[] Words = ["reference", "fused"];

    /// <summary>A lowering's word.</summary>
    public static string Word(Lowering lowering) => Words[lowering == Lowering.Fused ? 1 : 0];

    /// <summary>Sets what a word says; null leaves the model's own choice.</summary>
    /// <exception cref="HrmGenException">The model cannot run so.</exception>
    public static void Apply(string? word, IRecursiveModel model)
    {
        if (word is not null)
        {
            model.Lowering = word == Words[1] ? Lowering.Fused : Lowering.Reference;
        }
    }
}
