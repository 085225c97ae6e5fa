using HrmGen.Compiler.Model;

namespace HrmGen.Compiler.Emit;

/// <summary>Emits numbers that change over training: a property each. One that does not change stands where it is used.</summary>
internal static class ScheduleEmitter
{
    /// <summary>A property; nothing for a number that never changes.</summary>
    public static void Emit(CSharpWriter writer, Schedule? schedule, string type, string name, string progress, string node)
    {
        if (schedule is not { IsConstant: false })
        {
            return;
        }

        string Value(double value) => type == "int" ? Invariant.Text((long)value) : Shared.Number(value);
        writer.Line();
        writer.Line($"// {node} over the progress of training, 0 to 1.");
        writer.Line($"private {type} {name} => {progress} switch").Line("{");
        writer.Indented(() =>
        {
            for (var i = 0; i + 1 < schedule.Phases.Count; i++)
            {
                writer.Line($"< {Shared.Number(schedule.Phases[i + 1].From)} => {Value(schedule.Phases[i].Value)},");
            }

            writer.Line($"_ => {Value(schedule.Last)},");
        });
        writer.Line("};");
    }

    /// <summary>The number where it is used: itself, or the property.</summary>
    public static string Use(Schedule schedule, string name) => schedule.IsConstant ? Shared.Number(schedule.Last) : name;
}
