using BenchmarkDotNet.Running;
using HrmGen.Benchmarks.Bandwidth;
using HrmGen.Benchmarks.Inference;
using HrmGen.Benchmarks.Memory;
using HrmGen.Benchmarks.Optimizing;
using HrmGen.Benchmarks.Scaling;
using HrmGen.Benchmarks.Speed;

switch (args)
{
    case ["speed", ..]:
        return SpeedCommand.Run(args[1..]);
    case ["optimizer", ..]:
        return OptimizerCommand.Run(args[1..]);
    case ["kernels", ..]:
        return KernelsCommand.Run(args[1..]);
    case ["scaling", ..]:
        return ScalingCommand.Run(args[1..]);
    case ["inference", ..]:
        return InferenceCommand.Run(args[1..]);
    case ["memory", ..]:
        return MemoryCommand.Run(args[1..]);
    default:
        // In this process: BenchmarkDotNet's own projects would build the generator into one folder with everything else, where it does not find
        // the compiler. Each benchmark warms up by itself.
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. args, "--inProcess"]);
        return 0;
}
