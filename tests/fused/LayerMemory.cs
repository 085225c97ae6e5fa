using System.Reflection;
using HrmGen.Fused;
using HrmGen.Models;
using static TorchSharp.torch;

namespace HrmGen.Tests.Fused;

/// <summary>What the compiler says of memory beside what layers ask for.</summary>
public static class LayerMemory
{
    /// <summary>Fails where the two differ by a byte.</summary>
    /// <typeparam name="T">The format of the model's forward pass.</typeparam>
    /// <param name="entry">The model.</param>
    public static void Check<T>(ModelEntry entry)
        where T : unmanaged
    {
        const int Rows = 2;
        using var scope = NewDisposeScope();
        using var model = entry.Create(null);
        Assert.Equal(model.HasFusedForm, entry.Spec.FusedActivationBytes is not null);
        if (!model.HasFusedForm)
        {
            return;
        }

        var x = model.Embed(ones(Rows, entry.Spec.SeqLen, dtype: int32), zeros(Rows, dtype: int32));
        var outputs = model.Recur(model.InitialLatents(Rows), x).Named.Select(l => l.Value.to(float32).sum()).ToList();
        outputs.Aggregate((a, b) => a + b).backward();

        // A training step runs each of its candidates.
        var runs = entry.Spec.Name == "WinnerSudoku" ? 4 : 1;
        Assert.Equal(entry.Spec.FusedActivationBytes, runs * Plan<T>(model).Rent(Rows).LayerBytes / Rows);
    }

    // What the emitted class has to itself.
    private static FusedPlan<T> Plan<T>(IRecursiveModel model)
        where T : unmanaged
    {
        static object Field(object of, string name) => of.GetType().GetField(name, BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(of)!;
        return (FusedPlan<T>)Field(Field(model, "fused_form"), "plan");
    }
}
