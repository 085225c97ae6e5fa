using System.Globalization;
using System.Text;

namespace HrmGen.Compiler.Tests.RandomPrograms;

/// <summary>Writes a random spec: small sizes, and a recursion that uses the whole grammar. The same seed writes the same text.</summary>
internal sealed class RandomSpec
{
    private static readonly string[] LatentNames = ["z_H", "z_L", "y", "w"];
    private static readonly string[] NetworkNames = ["f", "f_L", "g"];

    private readonly Random draw;
    private readonly List<(string Name, int? Count)> latents = [];
    private readonly List<string> networks = [];
    private readonly Dictionary<string, int> constants = [];
    private readonly List<(string Variable, int First, int Last)> loops = [];
    private readonly StringBuilder program = new();
    private int variables;

    private RandomSpec(int seed) => draw = new Random(seed);

    /// <summary>The spec's text with NAME and GRADIENT to be filled in.</summary>
    public static string Write(int seed) => new RandomSpec(seed).Write();

    private string Write()
    {
        foreach (var name in new[] { "N", "T", "n" })
        {
            constants[name] = draw.Next(1, 4);
        }

        foreach (var name in LatentNames.Take(draw.Next(1, 5)))
        {
            latents.Add((name, draw.Next(3) == 0 ? draw.Next(2, 4) : null));
        }

        networks.AddRange(NetworkNames.Take(draw.Next(1, 4)));
        Block(draw.Next(1, 4), 3, "    ", 0);

        // Every network is called and every latent named: the compiler refuses what is never used.
        foreach (var (name, _) in latents)
        {
            foreach (var network in networks.Where(_ => name == latents[0].Name || draw.Next(3) == 0))
            {
                program.Append(CultureInfo.InvariantCulture, $"    - \"{Latent(name)} = {network}({Sum(1)} + {(draw.Next(2) == 0 ? "x" : Latent(name))})\"\n");
            }

            if (draw.Next(3) == 0 || name != latents[0].Name)
            {
                program.Append(CultureInfo.InvariantCulture, $"    - \"{Latent(name)} = {Pick(networks)}({Latent(name)} + {Sum(1)})\"\n");
            }
        }

        var text = new StringBuilder("hrmgen: 1\nname: NAME\n");
        Shape(text);
        text.Append("networks:\n");
        foreach (var network in networks)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {network}: {{ layers: {draw.Next(1, 3)} }}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"recursion:\n  let: {{ {string.Join(", ", constants.Select(c => $"{c.Key}: {c.Value}"))} }}\n  latents:\n");
        foreach (var (name, count) in latents)
        {
            var init = Pick(["buffer", "buffer", "zeros", "learned"]);
            text.Append(CultureInfo.InvariantCulture, $"    {name}: {{ init: {init}{(count is null ? "" : $", count: {count}")} }}\n");
        }

        text.Append("  program:\n").Append(program).Append("  gradient: GRADIENT\n");
        text.Append(CultureInfo.InvariantCulture, $"heads: {{ logits: \"{Constant(Pick(latents))}\", q: {{ from: \"{Constant(Pick(latents))}\", at: {draw.Next(3)} }} }}\n");
        text.Append("supervision: { N_sup: 2 }\nact: { loss: { halt: 0.5, continue: 0.5 } }\n");
        text.Append("precision: { parameters: float64, forward: float64, internal: float64 }\n");
        return text.ToString();
    }

    private void Shape(StringBuilder text)
    {
        var puzzle = draw.Next(3) switch
        {
            0 => "none",
            1 => "{ count: 3 }",
            _ => "{ count: 3, dim: 11, tokens: 2 }",
        };
        text.Append(CultureInfo.InvariantCulture, $"task: {{ vocab_size: 7, seq_len: 6, grid: [2, 3], puzzle_embedding: {puzzle} }}\n");
        var block = draw.Next(3) == 0
            ? $"mixer: mlp, positions: {Pick(["none", "learned"])}"
            : $"num_heads: 2, positions: {Pick(["rope", "rope2d", "learned", "none"])}";
        var feedForward = draw.Next(3) == 0 ? $", feed_forward: conv_swiglu, conv_kernel: {draw.Next(1, 4)}" : "";
        var norm = draw.Next(3) == 0 ? ", norm: pre_rms" : "";
        text.Append(CultureInfo.InvariantCulture, $"block: {{ hidden_size: 8, expansion: 1, {block}{feedForward}{norm} }}\n");
    }

    private void Block(int statements, int depth, string indent, int loopDepth)
    {
        for (var i = 0; i < statements; i++)
        {
            var kind = depth == 0 ? 0 : draw.Next(10);
            switch (kind)
            {
                case 5:
                    // What ends by its residual counts nothing: no 'every' stands directly inside.
                    Nested($"repeat: {Count()}\n{indent}  until: residual < {Pick(["0.01", "0.1", "0.3", "1"])}", depth, indent, 0);
                    break;
                case 6:
                    Nested($"repeat: {Count()}", depth, indent, loopDepth + 1);
                    break;
                case 7:
                    ForLoop(depth, indent, loopDepth + 1);
                    break;
                case 8 when loopDepth == 0:
                    Nested($"repeat: {Count()}", depth, indent, loopDepth + 1);
                    break;
                case 8 or 9 when loopDepth > 0:
                    Nested($"every: {draw.Next(1, 4)}", depth, indent, loopDepth);
                    break;
                default:
                    Update(indent);
                    break;
            }
        }
    }

    private void ForLoop(int depth, string indent, int loopDepth)
    {
        var variable = "i" + (++variables).ToString(CultureInfo.InvariantCulture);
        var indexed = latents.Where(l => l.Count is not null).ToList();
        var last = indexed.Count > 0 ? indexed.Min(l => l.Count!.Value) - draw.Next(2) : draw.Next(1, 4);
        var first = draw.Next(1, last + 1);
        loops.Add((variable, first, last));
        Nested($"for: {variable} in {Number(first)}..{Number(last)}", depth, indent, loopDepth);
        loops.RemoveAt(loops.Count - 1);
    }

    private void Nested(string head, int depth, string indent, int loopDepth)
    {
        program.Append(CultureInfo.InvariantCulture, $"{indent}- {head}\n{indent}  do:\n");
        Block(draw.Next(1, 4), depth - 1, indent + "    ", loopDepth);
    }

    private void Update(string indent)
    {
        var target = Pick(latents);
        var value = draw.Next(5) == 0 ? Sum(2) : $"{Pick(networks)}({Sum(2)})";
        program.Append(CultureInfo.InvariantCulture, $"{indent}- \"{Latent(target.Name)} = {value}\"\n");
    }

    private string Sum(int depth) => string.Join(" + ", Enumerable.Range(0, draw.Next(1, 4)).Select(_ => Term(depth)));

    private string Term(int depth)
    {
        var indexed = latents.Where(l => l.Count is not null).ToList();
        return draw.Next(12) switch
        {
            0 or 1 => "x",
            2 => $"{Pick(["0.5", "-0.25", "1.5"])} * {Latent(Pick(latents).Name)}",
            3 or 4 when depth > 0 => $"({Sum(depth - 1)})",
            5 when depth > 0 => $"0.5 * ({Sum(depth - 1)})",
            6 when depth > 0 => $"{Pick(networks)}({Sum(depth - 1)})",
            7 or 8 when indexed.Count > 0 => $"sum({Pick(indexed).Name})",
            _ => Latent(Pick(latents).Name),
        };
    }

    private string Latent(string name)
    {
        var latent = latents.Single(l => l.Name == name);
        if (latent.Count is not { } count)
        {
            return name;
        }

        var usable = loops.Where(l => l.Last <= count).ToList();
        if (usable.Count == 0 || draw.Next(3) == 0)
        {
            return Constant(latent);
        }

        var (variable, first, last) = Pick(usable);
        var index = draw.Next(3) switch
        {
            0 when last < count => $"{variable} + 1",
            1 when first > 1 => $"{variable} - 1",
            _ => variable,
        };
        return $"{name}[{index}]";
    }

    private string Constant((string Name, int? Count) latent) => latent.Count is { } count ? $"{latent.Name}[{Number(draw.Next(1, count + 1))}]" : latent.Name;

    private string Count() => draw.Next(4) switch
    {
        0 => Number(draw.Next(1, 4)),
        1 => $"{Pick(constants.Keys.ToList())} + 1",
        _ => Pick(constants.Keys.ToList()),
    };

    // A number, or a constant that has this value.
    private string Number(int value)
    {
        var names = constants.Where(c => c.Value == value).Select(c => c.Key).ToList();
        return names.Count > 0 && draw.Next(2) == 0 ? Pick(names) : value.ToString(CultureInfo.InvariantCulture);
    }

    private T Pick<T>(IReadOnlyList<T> items) => items[draw.Next(items.Count)];
}
