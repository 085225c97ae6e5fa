using System.Runtime.InteropServices;

namespace HrmGen.Native;

/// <summary>What differs between operating systems in the names and the folders of native libraries.</summary>
internal static class NativePlatform
{
    /// <summary>The portable runtime identifier of this process: the folder under <c>runtimes/</c> that holds its libraries.</summary>
    public static string Rid
    {
        get
        {
            string system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
            string processor = RuntimeInformation.ProcessArchitecture switch
            {
                Architecture.X64 => "x64",
                Architecture.Arm64 => "arm64",
                Architecture.X86 => "x86",
                Architecture.Arm => "arm",
                // Names that came later (riscv64, loongarch64) are the enumeration's own in lower case.
                var other => other.ToString().ToLowerInvariant(),
            };
            return $"{system}-{processor}";
        }
    }

    /// <summary>The file name of a library: <c>torch_cpu</c> is <c>libtorch_cpu.so</c>, <c>torch_cpu.dll</c> or <c>libtorch_cpu.dylib</c>.</summary>
    public static string FileName(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";
}
