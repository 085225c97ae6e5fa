using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Model;
using HrmGen.Compiler.Parsing;

namespace HrmGen.Compiler.Language;

/// <summary>Reads <c>recursion</c>: constants, latents, the program and the gradient mode, as they are at a share of training.</summary>
internal sealed class RecursionBinder(Section recursion, Section networks, List<SpecDiagnostic> diagnostics, double progress = 1)
{
    /// <summary>Elements of all latents together at most.</summary>
    public const int MaxElements = 4096;

    private readonly HashSet<string> scheduled = new(StringComparer.Ordinal);

    private readonly Scope scope = new();
    private readonly Dictionary<string, string> owners = new(StringComparer.Ordinal);

    /// <summary>The program (null after an error), and the names that equations elsewhere may use.</summary>
    public (RecursionProgram? Program, Scope Scope) Bind(string model)
    {
        var constants = BindConstants();
        var latents = recursion.Sub("latents").Entries.Select(BindLatent).ToList();
        foreach (var network in networks.Entries)
        {
            Claim(network.Key, NodePath.Key("networks", network.Key), "a network");
            scope.Networks.Add(network.Key);
        }

        if (EmittedNames.ModelProblem(model) is { } problem)
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.InvalidName, "name", model, problem));
        }
        else if (owners.TryGetValue(model, out var owner))
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.InvalidName, "name", model, $"{owner} of this spec has that name already"));
        }

        if (latents.Sum(l => (long)l.Elements) > MaxElements)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.TooLarge, recursion.At("latents"), $"The latents have {Invariant.Text(latents.Sum(l => (long)l.Elements))} elements together; at most {MaxElements} are allowed"));
        }

        if (latents.Count == 0)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.MissingKey, recursion.Path, "Recursion", "latents", "a model has at least one latent"));
        }

        if (diagnostics.Any(d => d.Rule.Severity == Severity.Error))
        {
            return (null, scope);
        }

        var body = new ProgramBinder(scope, diagnostics).Statements(recursion["program"]!, recursion.At("program"));
        var gradient = BindGradient();
        if (diagnostics.Any(d => d.Rule.Severity == Severity.Error))
        {
            return (null, scope);
        }

        CheckUse(latents);
        return (new(constants, latents.ToEquatableArray(), body, gradient), scope);
    }

    private EquatableArray<NamedConstant> BindConstants()
    {
        var constants = new List<NamedConstant>();
        var reader = new ProgramBinder(scope, diagnostics);
        foreach (var entry in recursion.Sub("let").Entries)
        {
            var path = recursion.Sub("let").At(entry.Key);
            Claim(entry.Key, path, "a constant");
            if (recursion.Sub("let").Schedule(entry.Key) is { IsConstant: false } schedule)
            {
                scheduled.Add(entry.Key);
                scope.Constants[entry.Key] = (int)schedule.At(progress);
                constants.Add(new(entry.Key, (int)schedule.At(progress)));
                continue;
            }

            var value = entry.Value is SpecMapping map && map[ScheduleType.At] is SpecMapping at ? at.Entries[0].Value : entry.Value;
            if (reader.ReadRef(value, path, "A constant is a whole number or a formula of constants above it", t => CountParser.ParseCount(t, scope)) is { } count)
            {
                if (count.Value < 0)
                {
                    diagnostics.Add(SpecDiagnostic.At(Rules.OutOfRange, path, entry.Key, "a whole number of at least 0", Invariant.Text(count.Value)));
                }

                if (Mentioned(count) is not null)
                {
                    scheduled.Add(entry.Key);
                }

                scope.Constants[entry.Key] = count.Value;
                constants.Add(new(entry.Key, count.Value));
            }
        }

        return constants.ToEquatableArray();
    }

    private Latent BindLatent(SpecEntry entry)
    {
        var section = recursion.Sub("latents").Sub(entry.Key);
        Claim(entry.Key, section.Path, "a latent");
        Claim(EmittedNames.InitialVector(entry.Key), section.Path, "the initial vector of a latent");
        Count? count = null;
        if (section["count"] is { } node)
        {
            count = new ProgramBinder(scope, diagnostics).ReadRef(node, section.At("count"), "A count is a whole number or a constant of 'let'", t => CountParser.ParseCount(t, scope));
            if (count is not null && Mentioned(count) is { } moving)
            {
                diagnostics.Add(SpecDiagnostic.At(Rules.ScheduleUse, section.At("count"), $"'{moving}' changes over training, and the number of latents cannot"));
            }

            if (count is { Value: < 1 or > 1024 })
            {
                diagnostics.Add(SpecDiagnostic.At(Rules.OutOfRange, section.At("count"), "count", "a whole number from 1 to 1024", Invariant.Text(count.Value)));
            }
        }

        var init = section.Text("init", "buffer") switch
        {
            "learned" => LatentInit.Learned,
            "zeros" => LatentInit.Zeros,
            "random" => LatentInit.Random,
            _ => LatentInit.Buffer,
        };
        if (init is LatentInit.Zeros or LatentInit.Random && section["state_dict"] is not null)
        {
            var what = init == LatentInit.Zeros ? "zeros" : "values that each example draws anew";
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.WithoutEffect, section.At("state_dict"), "state_dict", $"{what} are not kept in a checkpoint"));
        }

        if (init == LatentInit.Zeros && section["std"] is not null)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.WithoutEffect, section.At("std"), "std", "this latent starts from zeros"));
        }

        var name = section.Text("state_dict", entry.Key + (count is null ? "_init" : "{i}_init"));
        if (Names.Problem(name.Replace("{i}", "1"), dotted: true) is { } problem)
        {
            diagnostics.Add(SpecDiagnostic.At(Rules.InvalidName, section.At("state_dict"), name, problem));
        }

        var latent = new Latent(entry.Key, count, init, section.Double("std", 1), name);
        scope.Latents[entry.Key] = latent;
        return latent;
    }

    private GradientMode BindGradient()
    {
        if (recursion["gradient"] is SpecMapping { Entries.Count: 0 })
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.MissingKey, recursion.At("gradient"), "Recursion.gradient", "last_updates", "or 'fixed_point'"));
        }

        return ReadGradient();
    }

    private GradientMode ReadGradient() => recursion["gradient"] switch
    {
        SpecScalar { Text: "one_step" } => new(GradientKind.OneStep, 0),
        SpecScalar { Text: "last_cycle" } => new(GradientKind.LastCycle, 0),
        SpecScalar => new(GradientKind.Full, 0),
        _ when recursion.Sub("gradient").Sub("fixed_point") is { Exists: true } fixedPoint => FixedPoint(recursion.Sub("gradient"), fixedPoint),
        _ => new(GradientKind.LastUpdates, (int)(recursion.Sub("gradient").Schedule("last_updates")?.At(progress) ?? 1)),
    };

    // A constant in a formula that changes over training.
    private string? Mentioned(Count count) => count.Text.Split(' ', '(', ')').FirstOrDefault(scheduled.Contains);

    private GradientMode FixedPoint(Section gradient, Section fixedPoint)
    {
        if (gradient["last_updates"] is not null)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.Contradiction, gradient.At("last_updates"), "'last_updates' and 'fixed_point' both say what the gradient covers; set one of them to null"));
        }

        return new(GradientKind.FixedPoint, fixedPoint.Int("max_updates", 1), fixedPoint.Double("tolerance", 0));
    }

    private void Claim(string name, string path, string what)
    {
        if (owners.TryGetValue(name, out var other))
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.InvalidName, path, name, $"{other} of this spec has that name already"));
        }
        else if (EmittedNames.Problem(name) is { } problem)
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.InvalidName, path, name, problem));
        }

        owners[name] = what;
    }

    private void CheckUse(IEnumerable<Latent> latents)
    {
        foreach (var network in networks.Entries.Where(n => !scope.Called.Contains(n.Key)))
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.NetworkNeverCalled, NodePath.Key("networks", network.Key), network.Key));
        }

        foreach (var latent in latents.Where(l => !scope.Used.Contains(l.Name)))
        {
            diagnostics.Add(SpecDiagnostic.AtKey(Rules.LatentNeverUsed, NodePath.Key("recursion.latents", latent.Name), latent.Name));
        }
    }
}
