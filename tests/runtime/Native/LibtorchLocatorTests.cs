using HrmGen.Native;

namespace HrmGen.Tests.Native;

public sealed class LibtorchLocatorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Libraries_come_in_the_order_of_their_dependencies()
    {
        string[] names = ["torch", "torch_cuda", "torch_cpu", "c10_cuda", "c10"];
        Array.ForEach(names, name => Make("app", name));
        string shim = Make("app", "LibTorchSharp");

        LibtorchFiles files = LibtorchLocator.Locate([_folder.Under("app")], null);

        string[] expected = ["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"];
        Assert.Equal(expected.Select(name => _folder.Under("app", NativePlatform.FileName(name))), files.Libraries);
        Assert.Equal(shim, files.Shim);
        Assert.False(files.Installed);
    }

    [Fact]
    public void Packages_in_folders_of_their_own_are_put_together()
    {
        string cpu = Make("libtorch", "torch_cpu"), c10 = Make("libtorch", "c10"), shim = Make("torchsharp", "LibTorchSharp");

        LibtorchFiles files = LibtorchLocator.Locate([_folder.Under("empty"), _folder.Under("torchsharp"), _folder.Under("libtorch")], "  ");

        Assert.Equal([c10, cpu], files.Libraries);
        Assert.Equal(shim, files.Shim);
    }

    [Fact]
    public void The_first_folder_wins()
    {
        string shim = Make("first", "LibTorchSharp");
        Make("second", "LibTorchSharp");
        Assert.Equal(shim, LibtorchLocator.Locate([_folder.Under("first"), _folder.Under("second")], null).Shim);
    }

    [Fact]
    public void A_missing_shim_is_named_with_the_folders_searched()
    {
        var e = Assert.Throws<NativeLibraryException>(() => LibtorchLocator.Locate([_folder.Under("app")], null));
        Assert.Contains(NativePlatform.FileName("LibTorchSharp"), e.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.Under("app"), e.Message, StringComparison.Ordinal);
        Assert.Contains("rebuild", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_installed_PyTorch_gives_the_libraries_and_the_app_the_shim()
    {
        string shim = Make("app", "LibTorchSharp"), cpu = Make("torch/lib", "torch_cpu");

        LibtorchFiles files = LibtorchLocator.Locate([_folder.Under("app")], _folder.Under("torch", "lib") + Path.DirectorySeparatorChar);

        Assert.Equal([cpu], files.Libraries);
        Assert.Equal(shim, files.Shim);
        Assert.True(files.Installed);
    }

    [Fact]
    public void An_installed_PyTorch_may_be_the_app_folder_itself()
    {
        Make("app", "LibTorchSharp");
        string cpu = Make("app", "torch_cpu");
        Assert.Equal([cpu], LibtorchLocator.Locate([_folder.Under("app")], _folder.Under("app")).Libraries);
    }

    [Fact]
    public void An_installed_folder_that_does_not_exist_is_refused()
    {
        Make("app", "LibTorchSharp");
        AssertRefused(_folder.Under("nowhere"), "does not exist", "unset it");
    }

    [Fact]
    public void An_installed_folder_without_libtorch_is_refused()
    {
        Make("app", "LibTorchSharp");
        Make("other", "c10");
        AssertRefused(_folder.Under("other"), $"holds no {NativePlatform.FileName("torch_cpu")}", "torch/lib");
    }

    [Fact]
    public void The_folder_above_is_taken_for_what_it_is()
    {
        Make("app", "LibTorchSharp");
        Make("torch/lib", "torch_cpu");
        AssertRefused(_folder.Under("torch"), "holds no", $"Set it to {_folder.Under("torch", "lib")}.");
    }

    [Fact]
    public void Two_libtorchs_are_refused()
    {
        Make("app", "LibTorchSharp");
        string own = Make("app", "torch_cpu");
        Make("torch/lib", "torch_cpu");
        AssertRefused(_folder.Under("torch", "lib"), own, "abort", "TorchBackend=none");
    }

    [Fact]
    public void The_folders_of_this_process_hold_the_shim()
    {
        Assert.True(File.Exists(LibtorchLocator.Locate(LibtorchLocator.AppDirectories(), null).Shim));
        Assert.Equal(LibtorchLocator.AppDirectories().Distinct(), LibtorchLocator.AppDirectories());
    }

    private string Make(string folder, string library) => _folder.Touch([.. folder.Split('/'), NativePlatform.FileName(library)]);

    private void AssertRefused(string installed, params string[] parts)
    {
        var e = Assert.Throws<NativeLibraryException>(() => LibtorchLocator.Locate([_folder.Under("app")], installed));
        Assert.All(parts.Append("HRMGEN_LIBTORCH").Append(installed), part => Assert.Contains(part, e.Message, StringComparison.Ordinal));
    }
}
