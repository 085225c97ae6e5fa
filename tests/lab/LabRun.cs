namespace HrmGen.Lab.Tests;

/// <summary>One run of the command line.</summary>
internal sealed record LabRun(int Code, string Output, string Error)
{
    public static async Task<LabRun> Of(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await LabApplication.RunAsync(args, HrmGen.Specs.HrmModels.All, output, error);
        return new(code, output.ToString(), error.ToString());
    }

    public static LabRun Sync(params string[] args) => Of(args).GetAwaiter().GetResult();
}
