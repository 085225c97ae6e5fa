using HrmGen.Tests.Fused;

namespace HrmGen.Tests.Models;

/// <summary>Every spec of the repository in float32 in both lowerings; float64 has a project of its own.</summary>
public class LoweringTests
{
    public static TheoryData<string> Small => [.. HrmModels.All.Select(m => m.FullName).Where(n => n.StartsWith("HrmGen.Tests.Small.", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Small))]
    public void Both_lowerings_agree(string name) => FusedComparison.Check(HrmModels.All.Single(m => m.FullName == name), 2e-4);
}
