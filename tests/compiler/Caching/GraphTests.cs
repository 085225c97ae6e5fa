using System.Collections;
using System.Reflection;
using HrmGen.Compiler.Diagnostics;
using HrmGen.Compiler.Parsing;
using HrmGen.Compiler.Tests.Support;
using HrmGen.Generator;

namespace HrmGen.Compiler.Tests.Caching;

/// <summary>What the values between the steps hold: nothing of Roslyn, and from Lower on no positions.</summary>
public sealed class GraphTests
{
    private static readonly string[] Positionless = [TrackingNames.Claim, TrackingNames.Link, TrackingNames.Expand, TrackingNames.Lower, TrackingNames.Emit, TrackingNames.Registry];

    private readonly Pipeline pipeline = New();

    private static Pipeline New() => new(
        new SpecFile("/project/hier.hrm.yaml", Specs.TrmHier6),
        new SpecFile("/project/clocks.hrm.yaml", Specs.ThreeClocks, "Some.Namespace", "supervision.N_sup=2"),
        new SpecFile("/project/warned.hrm.yaml", "hrmgen: 1\nname: Warned\nextends: hrmgen:trm\nblock: { mixer: mlp, num_heads: 2 }\n"),
        new SpecFile("/project/base.hrm.yaml", "hrmgen: 1\nabstract: true\nextends: hrmgen:trm\n"),
        new SpecFile("/project/grid.hrm.yaml", "hrmgen: 1\nname: G{T}\nextends: base.hrm.yaml\nmatrix: { recursion.let.T: { a: 1, b: 2 } }\n"),
        new SpecFile("/project/bad.hrm.yaml", "hrmgen: 1\nname: Bad\nextends: hrmgen:trm\nblock: { hiden_size: 2 }\n"));

    [Fact]
    public void No_step_holds_on_to_Roslyn()
    {
        foreach (var step in TrackingNames.All)
        {
            var types = TypesOf(step);
            Assert.NotEmpty(types);
            Assert.Empty(types.Where(t => t.FullName!.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal)).Select(t => $"{step}: {t}"));
        }
    }

    [Fact]
    public void Positions_stay_behind_at_Link()
    {
        foreach (var step in Positionless)
        {
            var types = TypesOf(step);
            Assert.Empty(types.Where(t => t == typeof(SourceSpan) || t == typeof(SpecLocations) || t == typeof(NodeLocation) || t == typeof(LocatedDiagnostic)).Select(t => $"{step}: {t}"));
        }

        // The same walk does find positions where they are.
        Assert.Contains(typeof(SourceSpan), TypesOf(TrackingNames.Parse));
        Assert.Contains(typeof(LocatedDiagnostic), TypesOf(TrackingNames.Report));
    }

    [Fact]
    public void Values_of_two_compilations_of_one_text_are_equal()
    {
        var again = New();
        foreach (var step in TrackingNames.All)
        {
            var (left, right) = (Values(pipeline, step), Values(again, step));
            Assert.Equal(left.Count, right.Count);
            for (var i = 0; i < left.Count; i++)
            {
                // Object.Equals, as the incremental driver compares; xunit's own comparison looks into collections.
                Assert.True(Equals(left[i], right[i]), $"{step}[{i}]");
                Assert.Equal(left[i]?.GetHashCode(), right[i]?.GetHashCode());
            }
        }
    }

    private static List<object?> Values(Pipeline pipeline, string step) => [.. pipeline.Result.TrackedSteps[step].SelectMany(s => s.Outputs).Select(o => o.Value)];

    private HashSet<Type> TypesOf(string step)
    {
        var types = new HashSet<Type>();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object?>(Values(pipeline, step));
        while (open.TryPop(out var value))
        {
            if (value is null or string or Pointer || value.GetType().IsPrimitive || value.GetType().IsEnum || (!value.GetType().IsValueType && !seen.Add(value)))
            {
                continue;
            }

            types.Add(value.GetType());
            if (value is IEnumerable items)
            {
                foreach (var item in items)
                {
                    open.Push(item);
                }
            }

            for (var type = value.GetType(); type is not null && type != typeof(object); type = type.BaseType)
            {
                foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                {
                    if (!field.FieldType.IsPrimitive)
                    {
                        open.Push(field.GetValue(value));
                    }
                }
            }
        }

        return types;
    }
}
