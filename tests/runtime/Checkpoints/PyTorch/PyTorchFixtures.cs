using System.Diagnostics;
using System.Text.Json;
using HrmGen.Checkpoints.PyTorch;
using static TorchSharp.torch;

namespace HrmGen.Tests.Checkpoints.PyTorch;

/// <summary>The committed checkpoints of PyTorch, and a PyTorch itself where one is installed.</summary>
internal static class PyTorchFixtures
{
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "Checkpoints", "fixtures", "pytorch");

    public static string File(string name) => Path.Combine(Folder, name);

    /// <summary>A Python that has PyTorch; null where there is none.</summary>
    public static string? Python { get; } = Find();

    /// <summary>Runs a script, which must end well.</summary>
    public static string Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Python!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return output;
    }

    /// <summary>Holds every tensor of a file against what PyTorch said of it.</summary>
    public static void AssertEqual(string folder, string name)
    {
        using var document = JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(folder, "expected.json")));
        var expected = document.RootElement.GetProperty(name).EnumerateObject().ToDictionary(p => p.Name, p => p.Value);
        using var file = PyTorchFile.Open(Path.Combine(folder, name + ".pt"));
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), file.Tensors.Select(t => t.Name));
        foreach (var info in file.Tensors)
        {
            using var tensor = file.Read(info.Name);
            var value = expected[info.Name];
            Assert.Equal(value.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64()), tensor.shape);
            Assert.Equal(info.Shape, tensor.shape);
            Assert.Equal(info.Dtype, tensor.dtype);
            Assert.Equal(value.GetProperty("dtype").GetString(), Name(tensor.dtype));
            Assert.Equal(value.GetProperty("hex").GetString(), Convert.ToHexStringLower(tensor.numel() == 0 ? [] : tensor.contiguous().bytes));
        }
    }

    private static string Name(ScalarType type) => type switch
    {
        ScalarType.Byte => "uint8",
        ScalarType.Bool => "bool",
        _ => type.ToString().ToLowerInvariant(),
    };

    private static string? Find()
    {
        var python = Environment.GetEnvironmentVariable("HRMGEN_PYTHON") is { Length: > 0 } named ? named : "/usr/bin/python3";
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, ["-c", "import torch"]) { RedirectStandardError = true, RedirectStandardOutput = true });
            process!.WaitForExit();
            return process.ExitCode == 0 ? python : null;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
        {
            return null;
        }
    }
}

/// <summary>A test that needs an installed PyTorch, and is skipped with a message where there is none.</summary>
internal sealed class PyTorchFactAttribute : FactAttribute
{
    public PyTorchFactAttribute() => Skip = PyTorchFixtures.Python is null
        ? "No PyTorch: install python3-torch, or name a Python that has one in HRMGEN_PYTHON."
        : null;
}
