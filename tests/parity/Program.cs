using HrmGen;
using HrmGen.Native;
using HrmGen.Parity;
using static TorchSharp.torch;

// dotnet run -c Release --project tests/parity [-p:ParityCases=DIR] [-- [--device cpu|cuda] [--curve-steps N]]
var device = CPU;
int? curveSteps = null;
for (var i = 0; i < args.Length; i += 2)
{
    switch (args[i], args.ElementAtOrDefault(i + 1))
    {
        case ("--device", "cpu"):
            break;
        case ("--device", "cuda"):
            device = CUDA;
            break;
        case ("--curve-steps", { } text) when int.TryParse(text, out var steps) && steps > 0:
            curveSteps = steps;
            break;
        default:
            Console.Error.WriteLine("usage: parity [--device cpu|cuda] [--curve-steps N]   (-p:ParityCases=DIR at build time takes other cases)");
            return 2;
    }
}

try
{
    NativeLibraries.ThrowIfUnavailable();
    var result = ParityRunner.Run(ParityRunner.CasesFolder, device, Console.Out, curveSteps);
    Console.WriteLine(result);
    return Math.Min(result.Outside, 100);
}
catch (HrmGenException e)
{
    Console.Error.WriteLine(e.Message);
    return 101;
}
