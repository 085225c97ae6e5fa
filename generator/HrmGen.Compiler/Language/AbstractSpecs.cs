using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>Checks a base that is no model by itself: what is wrong with it whatever is laid over it.</summary>
internal static class AbstractSpecs
{
    // Names, bounds and counts can still come from the specs that extend it; a slip of form cannot.
    private static readonly Rule[] OfForm = [Rules.EquationSyntax, Rules.StatementForm, Rules.UnknownKey, Rules.EveryOutsideLoop, Rules.TooLarge];

    /// <summary>Adds what is wrong with the tree.</summary>
    public static void Check(SpecMapping root, List<SpecDiagnostic> diagnostics)
    {
        new Validator(diagnostics, partial: true).Check(root, KeyTable.Root, "", "");
        var recursion = new Section(root, "").Sub("recursion");
        if (recursion["program"] is not { } program)
        {
            return;
        }

        var scope = new Scope();
        foreach (var constant in recursion.Sub("let").Entries)
        {
            scope.Constants[constant.Key] = 1;
        }

        foreach (var latent in recursion.Sub("latents").Entries)
        {
            scope.Latents[latent.Key] = new(latent.Key, (latent.Value as SpecMapping)?["count"] is null ? null : Count.Of(1024), LatentInit.Buffer, 1, latent.Key);
        }

        scope.Networks.UnionWith(new Section(root, "").Sub("networks").Entries.Select(n => n.Key));
        var findings = new List<SpecDiagnostic>();
        new ProgramBinder(scope, findings).Statements(program, recursion.At("program"));
        diagnostics.AddRange(findings.Where(f => OfForm.Contains(f.Rule)));
    }
}
