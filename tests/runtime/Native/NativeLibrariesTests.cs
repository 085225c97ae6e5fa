using HrmGen.Native;
using TorchSharp;

namespace HrmGen.Tests.Native;

public sealed class NativeLibrariesTests
{
    [Fact]
    public void Torch_computes_and_nothing_is_copied_beside_the_app()
    {
        NativeLibraries.ThrowIfUnavailable();
        using torch.Tensor product = torch.ones(2, 3).matmul(torch.ones(3, 4));
        Assert.Equal(24f, product.sum().item<float>());
        Assert.StartsWith("libtorch: ", NativeLibraries.Report, StringComparison.Ordinal);
        // TorchSharp's fallback makes this folder; it comes before any use of torch can succeed.
        Assert.False(Directory.Exists(Path.Combine(AppContext.BaseDirectory, "cpu")));
    }

    [Fact]
    public async Task Ensure_may_be_called_from_many_threads()
    {
        string report = NativeLibraries.Report;
        using var start = new Barrier(8);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                for (int i = 0; i < 1000; i++)
                {
                    NativeLibraries.Ensure();
                    NativeLibraries.ThrowIfUnavailable();
                }

                Assert.Same(report, NativeLibraries.Report);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
    }

    [Fact]
    public void A_failure_is_recorded_and_not_thrown()
    {
        using var folder = new TemporaryFolder();

        NativeLibraries.Outcome outcome = NativeLibraries.Attempt([folder.Path], folder.Under("nowhere"), LibtorchLoader.ForThisProcess());

        Assert.NotNull(outcome.Failure);
        Assert.Contains("does not exist", outcome.Failure.Message, StringComparison.Ordinal);
        Assert.Contains(outcome.Failure.Message, outcome.Report, StringComparison.Ordinal);
        Assert.IsAssignableFrom<HrmGenException>(outcome.Failure);
    }

    [Fact]
    public void An_unforeseen_failure_is_recorded_too()
    {
        using var folder = new TemporaryFolder();
        folder.Touch(NativePlatform.FileName("LibTorchSharp"));
        var loader = new LibtorchLoader(_ => throw new InvalidOperationException("out of the blue"), false, () => []);

        NativeLibraries.Outcome outcome = NativeLibraries.Attempt([folder.Path], null, loader);

        Assert.NotNull(outcome.Failure);
        Assert.Contains("out of the blue", outcome.Failure.Message, StringComparison.Ordinal);
    }
}
