using BenchmarkDotNet.Running;

// In this process: BenchmarkDotNet's own projects would build the generator into one folder with everything else, where it does not find
// the compiler. Each benchmark warms up by itself.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. args, "--inProcess"]);
