namespace HrmGen.Generator;

/// <summary>Names of the pipeline's steps; the tests of caching assert them.</summary>
public static class TrackingNames
{
    public const string Parse = "HrmGen.Parse";
    public const string Index = "HrmGen.Index";
    public const string Claim = "HrmGen.Claim";
    public const string Link = "HrmGen.Link";
    public const string Expand = "HrmGen.Expand";
    public const string Lower = "HrmGen.Lower";
    public const string Emit = "HrmGen.Emit";
    public const string Registry = "HrmGen.Registry";
    public const string Report = "HrmGen.Report";

    public static IReadOnlyList<string> All { get; } = [Parse, Claim, Index, Link, Expand, Lower, Emit, Registry, Report];
}
