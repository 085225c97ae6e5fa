namespace HrmGen.Compiler.Diagnostics;

/// <summary>How much a finding matters.</summary>
public enum Severity
{
    /// <summary>Nothing is wrong; somebody may want to know.</summary>
    Info,

    /// <summary>The spec compiles; something in it probably is not what its author meant.</summary>
    Warning,

    /// <summary>No code is emitted for the spec.</summary>
    Error,
}

/// <summary>One kind of finding: the row of the diagnostics table that its id names.</summary>
/// <param name="Id">Stable id, HRM0001 onwards.</param>
/// <param name="Title">A short name for lists.</param>
/// <param name="Message">The message, with {0} and so on for the arguments.</param>
/// <param name="Severity">Error or warning.</param>
public sealed record Rule(string Id, string Title, string Message, Severity Severity = Severity.Error);
