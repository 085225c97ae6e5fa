using HrmGen.Compiler.Tests.Support;
using Microsoft.CodeAnalysis;

namespace HrmGen.Compiler.Tests.Caching;

/// <summary>A driver that remembers its last run, and the reasons of the present one.</summary>
internal sealed class Pipeline
{
    private GeneratorDriver driver;
    private Compilation compilation = GeneratorHost.Compilation("class User { }");

    public Pipeline(params SpecFile[] files)
    {
        driver = GeneratorHost.Driver(files);
        Run();
    }

    public GeneratorRunResult Result { get; private set; }

    public Pipeline EditSource()
    {
        compilation = GeneratorHost.Compilation("class User { int field; }");
        return Run();
    }

    public Pipeline Replace(SpecEdit edit) => Replace(edit.Before, edit.After);

    public Pipeline Replace(SpecFile before, SpecFile after)
    {
        driver = driver.ReplaceAdditionalText(before, after);
        return Run();
    }

    public Pipeline Add(SpecFile file)
    {
        driver = driver.AddAdditionalTexts([file]);
        return Run();
    }

    public Pipeline Remove(SpecFile file)
    {
        driver = driver.RemoveAdditionalTexts([file]);
        return Run();
    }

    public Pipeline Run()
    {
        driver = driver.RunGenerators(compilation);
        Result = driver.GetRunResult().Results.Single();
        Assert.Null(Result.Exception);
        return this;
    }

    /// <summary>Why each output of a step was made, in the order of the files.</summary>
    public IReadOnlyList<IncrementalStepRunReason> Reasons(string step) =>
        [.. Result.TrackedSteps[step].SelectMany(s => s.Outputs).Select(o => o.Reason)];

    /// <summary>What a step was run for, whether or not something else came out.</summary>
    public IReadOnlyList<T> Remade<T>(string step) =>
        [.. Result.TrackedSteps[step].SelectMany(s => s.Outputs).Where(o => o.Reason != IncrementalStepRunReason.Cached).Select(o => (T)o.Value)];

    /// <summary>True where a step made nothing anew.</summary>
    public bool IsIdle(string step) => Reasons(step).All(r => r is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged);

    public string Source(string hint) => Result.GeneratedSources.Single(s => s.HintName.EndsWith(hint, StringComparison.Ordinal)).SourceText.ToString();
}
