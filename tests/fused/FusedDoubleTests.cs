
namespace HrmGen.Tests.Fused;

/// <summary>Every spec of the repository in float64, in which both lowerings must agree almost to the last bit.</summary>
public class FusedDoubleTests
{
    public static TheoryData<string> All => [.. HrmModels.All.Select(m => m.FullName)];

    [Theory]
    [MemberData(nameof(All))]
    public void Both_lowerings_agree(string name) => FusedComparison.Check(HrmModels.All.Single(m => m.FullName == name), 1e-9);
}
