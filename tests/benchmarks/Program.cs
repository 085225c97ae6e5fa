using BenchmarkDotNet.Running;

// dotnet run -c Release --project tests/benchmarks -- --filter '*Generator*' --job short
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
