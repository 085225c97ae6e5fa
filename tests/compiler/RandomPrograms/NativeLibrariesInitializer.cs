using System.Runtime.CompilerServices;
using HrmGen.Native;

namespace HrmGen.Compiler.Tests.RandomPrograms;

/// <summary>Finds libtorch before a test of this assembly touches it.</summary>
internal static class NativeLibrariesInitializer
{
    [ModuleInitializer]
    internal static void Initialize() => NativeLibraries.Ensure();
}
