using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;

namespace HrmGen.Tests.Fused;

/// <summary>The kernels under other instructions than this machine's best: the tests of this assembly once more, in processes of their own.</summary>
public class InstructionSetTests
{
    [Theory]
    [InlineData("DOTNET_EnableAVX2", 4)]
    [InlineData("DOTNET_EnableHWIntrinsic", 4)]
    public async Task The_tests_of_the_kernels_pass_without(string instructions, int lanes)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || Vector<float>.Count == lanes)
        {
            return; // These switches are of x64, and there is nothing to switch off.
        }

        var start = new ProcessStartInfo("dotnet", ["vstest", typeof(KernelTests).Assembly.Location, "--TestCaseFilter:FullyQualifiedName~KernelTests|FullyQualifiedName~BehaviourTests"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [instructions] = "0", ["HRMGEN_EXPECT_LANES"] = lanes.ToString(System.Globalization.CultureInfo.InvariantCulture) },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await output + await errors);
    }
}
