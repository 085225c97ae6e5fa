using static TorchSharp.torch;

namespace HrmGen.Lab.Models;

/// <summary><c>--device</c>.</summary>
internal static class Devices
{
    /// <summary>The device of a word: cpu, cuda or cuda:N.</summary>
    /// <exception cref="HrmGenException">The word names none, or the machine has none of it.</exception>
    public static Device Of(string word)
    {
        if (word == "cpu")
        {
            return CPU;
        }

        if (word != "cuda" && !(word.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(word.AsSpan(5), out _)))
        {
            throw new HrmGenException($"--device {word}: it is cpu, cuda, or cuda:N for the N-th GPU");
        }

        if (!cuda.is_available())
        {
            throw new HrmGenException($"--device {word}: this machine, or the libtorch in use, has no CUDA. Build with -p:TorchBackend=cuda, or set HRMGEN_LIBTORCH to an installed PyTorch's lib folder; --device cpu works everywhere");
        }

        var index = word == "cuda" ? 0 : int.Parse(word.AsSpan(5), System.Globalization.CultureInfo.InvariantCulture);
        return index < cuda.device_count()
            ? new Device(word)
            : throw new HrmGenException($"--device {word}: there are {cuda.device_count()} GPUs, counted from 0");
    }
}
