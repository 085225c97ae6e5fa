using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Emit;
using HrmGen.Compiler.Language;
using HrmGen.Compiler.Model;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler;

/// <summary>The steps of the compiler, from text to C#. Each is a pure function of its arguments, so that a host can cache them.</summary>
public static class HrmCompiler
{
    /// <summary>Text to a positioned tree.</summary>
    public static ParsedSpec Parse(string path, string text) => SpecParser.Parse(path, text);

    /// <summary>A tree merged with what it extends.</summary>
    public static LinkResult Link(ParsedSpec spec, SpecIndex index, ProjectOptions project, SpecFileOptions file) => Linker.Link(spec, index, project, file);

    /// <summary>A merged tree to a checked and lowered model, with findings that hold no positions.</summary>
    public static Result<LoweredModel> Lower(LinkedSpec spec)
    {
        try
        {
            return Lowering.Lower(spec);
        }
#pragma warning disable CA1031 // A generator that throws is dropped with a warning: a defect of ours must be an error with a name.
        catch (Exception e)
#pragma warning restore CA1031
        {
            var place = e.StackTrace?.Split('\n').FirstOrDefault()?.Trim() ?? "";
            return new(null, EquatableArray.Of(SpecDiagnostic.At(Rules.InternalError, "", $"{e.GetType().Name}: {e.Message} {place}".Trim())));
        }
    }

    /// <summary>A lowered model to its three files.</summary>
    public static EquatableArray<SourceFile> Emit(LoweredModel model) =>
        EquatableArray.Of(new SpecEmitter(model).Emit(), new ModelEmitter(model).Emit(), new TrainingStepEmitter(model).Emit());

    /// <summary>The registry of a compilation.</summary>
    public static SourceFile EmitRegistry(string ns, IEnumerable<RegistryEntry> entries) => RegistryEmitter.Emit(ns, entries);

    /// <summary>Findings of linking and lowering at their places, in the order of the file.</summary>
    public static EquatableArray<LocatedDiagnostic> Locate(string path, LinkResult link, EquatableArray<SpecDiagnostic> findings)
    {
        var located = findings
            .Select(f => Locate(path, link.Locations, f))
            .OfType<LocatedDiagnostic>();
        return link.Diagnostics.Concat(located)
            .OrderBy(d => d.Span.Start)
            .ThenBy(d => d.Rule.Id, StringComparer.Ordinal)
            .ToEquatableArray();
    }

    // A preset has no file to point into. Its settings without effect are nobody's slip; an error there was caused by an override
    // beside it, so the nearest enclosing key that the author wrote takes the blame.
    private static LocatedDiagnostic? Locate(string path, SpecLocations locations, SpecDiagnostic finding)
    {
        var diagnostic = locations.Locate(finding, path);
        if (diagnostic.Span.Path == path)
        {
            return diagnostic;
        }

        if (finding.Rule.Severity == Severity.Warning)
        {
            return null;
        }

        var node = finding.Node;
        while (node.Length > 0)
        {
            var cut = Math.Max(node.LastIndexOf('.'), node.LastIndexOf('['));
            node = cut < 0 ? "" : node.Substring(0, cut);
            if (node.Length > 0 && locations.Find(node) is { } place && place.Key.Path == path)
            {
                return new(finding.Rule, diagnostic.Message, place.Key);
            }
        }

        return new(finding.Rule, diagnostic.Message, locations.Find("extends") is { } extends && extends.Value.Path == path ? extends.Value : new(path, 0, 0));
    }
}
