using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using HrmGen.Lab.Tests.Support;

namespace HrmGen.Lab.Tests.Inspection;

/// <summary>
/// The matrix products that a forward really makes, as the math libraries below torch report them (MKL_VERBOSE, ONEDNN_VERBOSE):
/// neither the compiler nor the runtime has a say in it. The libraries write to standard output, so that it takes a process of its own.
/// </summary>
internal static partial class RealProducts
{
    private const int Examples = 1;

    /// <summary>Operations of one pass on one example, 2 a multiply-add.</summary>
    public static double Count(string model, int cells, int vocabulary)
    {
        using var folder = new TextFolder();
        WriteData(folder, cells, vocabulary);
        var log = Evaluate(model, folder.Path);
        var products = log.Split('\n').Select(Operations).Where(o => o > 0).ToList();
        Assert.True(products.Count > 0, "No product was reported:\n" + log[..Math.Min(log.Length, 2000)]);
        return products.Sum() / Examples;
    }

    private static string Evaluate(string model, string data)
    {
        var bin = AppContext.BaseDirectory;
        string[] host = ["exec", "--runtimeconfig", Path.Combine(bin, "HrmGen.Lab.Tests.runtimeconfig.json"), "--depsfile", Path.Combine(bin, "HrmGen.Lab.Tests.deps.json")];
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [.. host, Path.Combine(bin, "HrmGen.Lab.dll"), "eval", model, "--data", data, "--steps", "1", "--batch-size", $"{Examples}", "--lowering", "reference"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        (start.Environment["MKL_VERBOSE"], start.Environment["ONEDNN_VERBOSE"]) = ("1", "profile_exec");
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return output;
    }

    // MKL_VERBOSE SGEMM(T,N,192,4352,64,0x..., and onednn_verbose,v1,primitive,exec,cpu,matmul,...,20992x512:512x3072,371.77
    private static double Operations(string line)
    {
        Assert.DoesNotContain("GEMM_BATCH", line, StringComparison.Ordinal);
        if (MklProduct().Match(line) is { Success: true } mkl)
        {
            return 2 * Product(mkl.Groups[1].Value.Split(','));
        }

        if (MklVector().Match(line) is { Success: true } vector)
        {
            return 2 * Product(vector.Groups[1].Value.Split(','));
        }

        if (!line.StartsWith("onednn_verbose", StringComparison.Ordinal) || !line.Contains(",exec,", StringComparison.Ordinal))
        {
            return 0;
        }

        // Conversions between formats are no products.
        var fields = line.Split(',');
        if (!line.Contains(",matmul,", StringComparison.Ordinal))
        {
            Assert.Contains(",reorder,", line, StringComparison.Ordinal);
            return 0;
        }

        var shapes = fields[^2].Split(':');
        return 2 * Product(shapes[0].Split('x')) * Product(shapes[1].Split('x')[^1..]);
    }

    private static double Product(IEnumerable<string> sizes) => sizes.Aggregate(1.0, (product, size) => product * long.Parse(size, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^MKL_VERBOSE \w*GEMM\w*\([TNC],[TNC],(\d+,\d+,\d+),")]
    private static partial Regex MklProduct();

    [GeneratedRegex(@"^MKL_VERBOSE \w*GEMV\w*\([TNC],(\d+,\d+),")]
    private static partial Regex MklVector();

    private static void WriteData(TextFolder folder, int cells, int vocabulary)
    {
        foreach (var split in new[] { "train", "test" })
        {
            void Npy(string name, string shape, int count, Func<int, int> value)
            {
                var header = $"{{'descr': '|u1', 'fortran_order': False, 'shape': ({shape}), }}\n";
                byte[] bytes = [0x93, .. "NUMPY\x01\0"u8, (byte)header.Length, 0, .. header.Select(c => (byte)c), .. Enumerable.Range(0, count).Select(i => (byte)value(i))];
                folder.Write($"{split}/all__{name}.npy", "");
                File.WriteAllBytes(folder.Under($"{split}/all__{name}.npy"), bytes);
            }

            Npy("inputs", $"{Examples}, {cells}", Examples * cells, _ => 1);
            Npy("labels", $"{Examples}, {cells}", Examples * cells, _ => 2);
            Npy("puzzle_identifiers", $"{Examples},", Examples, _ => 0);
            Npy("puzzle_indices", $"{Examples + 1},", Examples + 1, i => i);
            Npy("group_indices", $"{Examples + 1},", Examples + 1, i => i);
            folder.Write($"{split}/dataset.json", $$"""
                {"pad_id": 0, "ignore_label_id": 0, "blank_identifier_id": 0, "vocab_size": {{vocabulary}}, "seq_len": {{cells}},
                 "num_puzzle_identifiers": 1, "total_groups": {{Examples}}, "mean_puzzle_examples": 1.0, "total_puzzles": {{Examples}}, "sets": ["all"]}
                """);
        }
    }
}
