namespace HrmGen.Lab.Tests.Support;

/// <summary>What a command did.</summary>
internal sealed record LabRun(int Code, string Output, string Error)
{
    /// <summary>Runs the command line over the repository's models, in this process.</summary>
    public static async Task<LabRun> Of(params string[] args)
    {
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        var code = await LabApplication.RunAsync(args, HrmGen.Specs.HrmModels.All, output, error);
        return new(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs a command that must succeed, and gives what it printed.</summary>
    public static async Task<string> Output_of(params string[] args)
    {
        var run = await Of(args);
        Assert.True(run.Code == 0, run.Error);
        return run.Output;
    }

    /// <summary>Runs a command that must fail with one line that begins with "error:".</summary>
    public static async Task<string> Error_of(params string[] args)
    {
        var run = await Of(args);
        Assert.Equal((1, ""), (run.Code, run.Output));
        return Assert.Single(run.Error.Split('\n'), l => l.StartsWith("error: ", StringComparison.Ordinal))["error: ".Length..];
    }
}
