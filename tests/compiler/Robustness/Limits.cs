using System.Globalization;
using HrmGen.Compiler.Language;
using HrmGen.Compiler.Parsing;
using HrmGen.Compiler.Passes;
using HrmGen.Compiler.Tests.Diagnostics;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Robustness;

/// <summary>A limit of the compiler: what just keeps to it, and what just does not.</summary>
/// <param name="At">The largest that is taken.</param>
/// <param name="Above">One more.</param>
/// <param name="Message">The finding about the latter, or the beginning of it.</param>
/// <param name="Rule">Its rule.</param>
/// <param name="Other">A finding that both have, or null: the text need be no model.</param>
internal sealed record Limit(string At, string Above, string Message, string Rule = "HRM0005", string? Other = null)
{
    /// <summary>Limits of single files.</summary>
    public static IReadOnlyDictionary<string, Limit> All { get; } = new Dictionary<string, Limit>
    {
        ["characters of a file"] = Of(SpecParser.MaxLength, n => Specs.TrmAtt + "#" + new string('c', n - Specs.TrmAtt.Length - 1), "The file has 1048577 characters"),
        ["levels of a file"] = Of(SpecParser.MaxDepth, n => DiagnosticCase.Trm("summary: " + new string('[', n - 1) + new string(']', n - 1)), "A spec nests at most 64 levels deep", other: "HRM0012"),
        ["keys and values of a file"] = Of(SpecParser.MaxNodes, n => DiagnosticCase.Trm($"summary: [{Join(n - 9, ", ", _ => "a")}]"), "A spec has at most 20000 keys and values", other: "HRM0012"),
        ["characters of keys"] = Of(SpecParser.MaxPath, n => DiagnosticCase.Trm($"task: {{ {new string('k', n - 4)}: 1 }}"), "A key and those around it have at most 1000 characters together", other: "HRM0010"),
        ["findings"] = Of(Lowering.MaxFindings, n => DiagnosticCase.Trm($"task: {{ {Join(n, ", ", i => $"k{i}: 1")} }}"), "This spec has 101 findings; the first 100 are told", other: "HRM0010"),
        ["names"] = Of(Validator.MaxNames, n => DiagnosticCase.Trm($"recursion: {{ let: {{ {Join(n - 2, ", ", i => $"c{i}: 1")} }} }}"), "'let' holds 65 names; at most 64 are allowed"),
        ["characters of a name"] = Of(Names.MaxLength, n => $"hrmgen: 1\nname: {new string('N', n)}\nextends: hrmgen:trm\n", $"'{new string('N', 65)}' cannot be a name: a name has 1 to 64 characters", "HRM0015"),
        ["characters of a checkpoint's name"] = Of(Names.MaxLength, n => DiagnosticCase.Trm($"networks: {{ f: {{ state_dict: {new string('n', n)} }} }}"), $"'{new string('n', 65)}' cannot be a name", "HRM0015"),
        ["elements of a latent"] = Of(1024, n => Elements([n]), "'count' takes a whole number from 1 to 1024; it is 1025", "HRM0013"),
        ["elements of all latents"] = Of(RecursionBinder.MaxElements, n => Elements([1024, 1024, 1024, n - 3073]), "The latents have 4097 elements together; at most 4096 are allowed"),
        ["characters of an equation"] = Of(Tokenizer.MaxLength, n => Equations([Sum(n)]), "An equation has at most 2000 characters"),
        ["parentheses of an equation"] = Of(30, n => Equations([$"z_H = f({new string('(', n)}z_H + x{new string(')', n)})"]), "An equation nests at most 32 parentheses"),
        ["parentheses of a formula"] = Of(31, n => DiagnosticCase.Trm($"recursion: {{ let: {{ T: \"{new string('(', n)}3{new string(')', n)}\" }} }}"), "A formula nests at most 32 parentheses"),
        ["a whole number of a formula"] = Of(1_000_000, n => DiagnosticCase.Trm($"recursion: {{ let: {{ c: {n} }} }}"), "A whole number up to a million is expected here", "HRM0020"),
        ["a formula"] = Of(1_000_000, n => DiagnosticCase.Trm($"recursion: {{ let: {{ c: 1000 * 1000 + {n - 1_000_000} }} }}"), "This comes to more than a million", "HRM0020"),
        ["a constant over time"] = Of(1_000_000, n => DiagnosticCase.Trm($"recursion: {{ let: {{ c: {{ at: {{ 0: 1, 0.5: {n} }} }} }} }}"), "'c' takes a whole number from 0 to 1000000; it is 1000001", "HRM0013"),
        ["loops inside of one another"] = Of(16, n => Program(Nested(n, "\"z_H = f(z_H + x)\"")), "Loops nest at most 16 deep"),
        ["updates of a pass"] = Of(ProgramTrace.MaxUpdates, n => Program($"{{ repeat: {n}, do: [\"z_H = f(z_H + x)\"] }}"), "One pass of this program executes more than 20000 updates", "HRM0028"),
        ["reads of a pass"] = Of(ProgramTrace.MaxReads / 1000, n => Program($"{{ repeat: {n}, do: [\"z_H = f(sum(z) + x)\"] }}", "z: { count: 999 }"), "One pass of this program reads and calls more than 500000 times"),
        ["loops that do nothing"] = Of(199_990, n => Program($"{{ repeat: {n}, do: [{{ repeat: 0, do: [\"z_H = f(z_H + x)\"] }}] }}, \"z_H = f(z_H + x)\"").Replace("199991", "200001", StringComparison.Ordinal), "One pass of this program executes more than", "HRM0028"),
        ["terms of the code"] = new(Equations([.. Enumerable.Repeat(Sum(1890), 53)]), Equations([.. Enumerable.Repeat(Sum(1890), 54)]), "The code of this program would have "),
        ["phases of a schedule"] = Of(ScheduleType.MaxPhases, n => DiagnosticCase.Trm($"recursion: {{ let: {{ T: {{ at: {{ {Phases(0, n)} }} }} }} }}"), "This schedule has 101 phases; at most 100 are allowed"),
        ["phases of all constants"] = Of(ScheduleType.MaxPhases, n => DiagnosticCase.Trm($"recursion: {{ let: {{ T: {{ at: {{ {Phases(0, 60)} }} }}, n: {{ at: {{ 0: 1, {Phases(60, n)} }} }} }} }}"), "The constants change at 100 points of training; they have at most 100 phases together"),
        ["updates of all phases"] = Of(Lowering.MaxUpdates / 6, OverTime, "The phases of training execute more than 100000 updates together"),
        ["calls of a pass"] = Of(ProgramTrace.MaxReads / 200, n => Calls(n), "One pass of this program reads and calls more than 500000 times"),
        ["operations of a step"] = new(Operations(1), Operations(10), "The operations of one step of this model are more than 64 bits count; lower the sizes, the layers or the loop counts"),
        ["models of a matrix"] = Of(Matrix.MaxModels, n => $"hrmgen: 1\nname: M{{batch_size}}\nextends: hrmgen:trm\nmatrix: {{ training.batch_size: [{Join(n, ", ", i => Text(i + 1))}] }}\n", "This matrix has 1001 models; a file has at most 1000"),
        ["axes of a matrix"] = Of(Matrix.MaxAxes, n => $"hrmgen: 1\nname: M{Join(n, "", i => $"_{{c{i}}}")}\nextends: hrmgen:trm\nmatrix: {{ {Join(n, ", ", i => $"recursion.let.c{i}: [1]")} }}\n", "This matrix has 9 axes; at most 8 are allowed"),
        ["parts of an axis"] = Of(SpecPaths.MaxSegments, n => $"hrmgen: 1\nname: M{{a}}\nextends: hrmgen:trm\nmatrix: {{ {Join(n, ".", _ => "a")}: [1] }}\n", "A key has at most 16 dotted parts; this one has 17", other: "HRM0010"),
        ["models of a matrix and their keys"] = new(Grid(200), Grid(250), "This matrix makes 1000 models of "),
        ["characters of a label"] = Of(62, n => $"hrmgen: 1\nname: M_{{T}}\nextends: hrmgen:trm\nmatrix: {{ recursion.let.T: {{ {new string('l', n)}: 3 }} }}\n", $"'M_{new string('l', 63)}' cannot be a name", "HRM0015"),
    };

    private static Limit Of(int at, Func<int, string> text, string message, string rule = "HRM0005", string? other = null) => new(text(at), text(at + 1), message, rule, other);

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Join(int count, string separator, Func<int, string> item) => string.Join(separator, Enumerable.Range(0, count).Select(item));

    private static string Program(string statements, string latents = "", string gradient = "full", string constants = "c: 1", int layers = 1) =>
        Specs.Small($"  let: {{ {constants} }}\n  latents: {{ z_H: {{}}, {latents} }}\n  program: [{statements}]\n  gradient: {gradient}", $"{{ f: {{ layers: {layers} }} }}");

    private static string Equations(IEnumerable<string> equations) => Program(string.Join(", ", equations.Select(e => $"\"{e}\"")));

    private static string Elements(int[] counts) =>
        Program("\"z_H = f(z_H + x" + Join(counts.Length, "", i => $" + sum(z{i})") + ")\"", Join(counts.Length, ", ", i => $"z{i}: {{ count: {counts[i]} }}"));

    // An equation of so many characters.
    private static string Sum(int length)
    {
        var sum = "z_H = f(x" + string.Concat(Enumerable.Repeat("+x", (length - 16) / 2)) + " + z_H";
        return sum + new string(' ', length - sum.Length - 1) + ")";
    }

    private static string Nested(int depth, string statement) =>
        string.Concat(Enumerable.Repeat("{ repeat: 1, do: [", depth)) + statement + string.Concat(Enumerable.Repeat("] }", depth));

    private static string Phases(int first, int last) => string.Join(", ", Enumerable.Range(first, last - first).Select(i => $"{Text(i == 0 ? 0 : i)}e-3: {1 + (i % 3)}"));

    // Six earlier phases, each with so many updates.
    private static string OverTime(int updates) => Program("{ repeat: n, do: [\"z_H = f(z_H + x)\"] }",
        constants: $"n: {{ at: {{ {Join(6, ", ", i => $"0.{i}: {updates - (i % 2)}")}, 0.9: 1 }} }}").Replace($": {updates - 1}", $": {updates}", StringComparison.Ordinal);

    // 199 calls an update, and a read.
    private static string Calls(int updates) => Program($"{{ repeat: {updates}, do: [\"z_H = f(z_H){string.Concat(Enumerable.Repeat("+f(x)", 198))}\"] }}", layers: 1000);

    private static string Operations(int layers) => Program("{ repeat: 10000, do: [\"z_H = f(z_H + x)\"] }", layers: layers)
        .Replace("seq_len: 4", "seq_len: 65536", StringComparison.Ordinal).Replace("hidden_size: 8", "hidden_size: 4096", StringComparison.Ordinal);

    private static string Grid(int statements) => Program(Join(statements, ", ", _ => "\"z_H = f(z_H + x)\""), constants: "c: 1")
        .Replace("name: Small", $"name: Small_{{c}}\nmatrix: {{ recursion.let.c: [{Join(1000, ", ", Text)}] }}", StringComparison.Ordinal);
}
