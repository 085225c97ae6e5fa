using HrmGen;
using HrmGen.Native;
using HrmGen.Parity;
using static TorchSharp.torch;

// dotnet run -c Release --project tests/parity [-p:ParityCases=DIR] [-- --device cuda]
var cuda = args is ["--device", "cuda"];
if (args.Length > 0 && !cuda && args is not ["--device", "cpu"])
{
    Console.Error.WriteLine("usage: parity [--device cpu|cuda]   (-p:ParityCases=DIR at build time takes other cases)");
    return 2;
}

try
{
    NativeLibraries.ThrowIfUnavailable();
    var result = ParityRunner.Run(ParityRunner.CasesFolder, cuda ? CUDA : CPU, Console.Out);
    Console.WriteLine(result);
    return Math.Min(result.Outside, 100);
}
catch (HrmGenException e)
{
    Console.Error.WriteLine(e.Message);
    return 101;
}
