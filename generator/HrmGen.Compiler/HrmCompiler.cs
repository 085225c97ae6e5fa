using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Emit;
using HrmGen.Compiler.Emit.Fused;
using HrmGen.Compiler.Language;
using HrmGen.Compiler.Model;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler;

/// <summary>The steps of the compiler, from text to C#. Each is a pure function of its arguments, so that a host can cache them.</summary>
public static class HrmCompiler
{
    /// <summary>Text to a positioned tree.</summary>
    public static ParsedSpec Parse(string path, string text) => SpecParser.Parse(path, text);

    /// <summary>What a file takes for itself in the index.</summary>
    public static SpecClaim Claim(ParsedSpec spec, ProjectOptions project, SpecFileOptions file) => SpecClaim.Of(spec, project, file);

    /// <summary>A tree merged with what it extends, and expanded by its matrix.</summary>
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

    /// <summary>A lowered model to its files: three, and a fourth for the fused form.</summary>
    public static EquatableArray<SourceFile> Emit(LoweredModel model)
    {
        var (code, step) = (new ModelEmitter(model).Emit(), new TrainingStepEmitter(model).Emit());
        var spec = new SpecEmitter(model).Emit(code.Text, step.Text);
        return model.Architecture.Fused
            ? EquatableArray.Of(spec, new ModelEmitter(model, besideFused: true).Emit(), step, new FusedEmitter(model).Emit())
            : EquatableArray.Of(spec, code, step);
    }

    /// <summary>The registry of a compilation.</summary>
    public static SourceFile EmitRegistry(string ns, IEnumerable<RegistryEntry> entries) => RegistryEmitter.Emit(ns, entries);

    /// <summary>Findings of linking and lowering at their places, file by file and in the order of each.</summary>
    /// <param name="links">The files to report on, each with what it was linked to.</param>
    /// <param name="findings">Findings of lowering of all files: a base's own are reported there and not again.</param>
    public static EquatableArray<LocatedDiagnostic> Locate(IEnumerable<(string Path, LinkResult Link)> links, IEnumerable<SpecFindings> findings)
    {
        var byPath = findings.ToLookup(f => f.Path, f => f.Items, StringComparer.Ordinal);
        return links.SelectMany(l => new Attribution(l.Path, l.Link, byPath).Locate()).ToEquatableArray();
    }
}
