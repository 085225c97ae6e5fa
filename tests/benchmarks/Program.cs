using BenchmarkDotNet.Running;
using HrmGen.Benchmarks.Speed;

if (args is ["speed", ..])
{
    return SpeedCommand.Run(args[1..]);
}

// In this process: BenchmarkDotNet's own projects would build the generator into one folder with everything else, where it does not find
// the compiler. Each benchmark warms up by itself.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. args, "--inProcess"]);
return 0;
