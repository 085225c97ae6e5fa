using HrmGen.Compiler.Emit;
using HrmGen.Compiler.Tests.Support;

namespace HrmGen.Compiler.Tests.Emission;

/// <summary>Emitted code compiles without a warning, whatever the spec.</summary>
public sealed class CompilesTests
{
    private const string Deep =
        """
          let: { N: 6, T: 2, n: 3 }
          latents: { z_H: { init: learned }, z_L: { count: n }, z_M: { init: zeros }, z_0: { count: 2, init: zeros }, z_P: { count: 2, init: learned } }
          program:
            - for: c in 1..N
              do:
                - for: i in 2..n
                  do: ["z_L[i] = f(z_L[i - 1] + (z_H + x))", { every: 2, do: ["z_M = g(z_M + sum(z_L))"] }]
                - { repeat: T, do: [{ repeat: 2, do: [{ repeat: 2, do: [{ repeat: 2, do: ["z_0[2] = f(z_0[1] + 0.5 * (x + z_M))", "z_0[1] = z_0[2]"] }] }] }] }
                - { every: 2, do: ["z_P[1] = f(z_P[2] + noise(0.1) + x)", "z_P[2] = z_P[1]"] }
                - "z_L[1] = x"
                - "z_H = f(z_H + g(z_M + sum(z_L) + sum(z_0) + sum(z_P)))"
        """;

    public static TheoryData<string, string> Models() => new()
    {
        { "HRM", Specs.Hrm },
        { "TRM-Att", Specs.TrmAtt },
        { "TRM-MLP", Specs.TrmMlp },
        { "TRM with seven latents", Specs.TrmHier6 },
        { "three clocks", Specs.ThreeClocks },
        { "no halting", Specs.TrmAtt + "act: none\n" },
        { "one supervision step", Specs.Hrm + "supervision: { N_sup: 1 }\n" },
        { "one output", Specs.TrmAtt + "heads: { q: { outputs: 1 } }\n" },
        { "continue loss alone", Specs.Hrm + "act: { loss: { halt: null } }\n" },
        { "halting without a loss", Specs.TrmAtt + "act: { loss: none, halt_when: q_halt > -1.5 }\n" },
        { "no puzzle embedding", Specs.TrmAtt + "task: { puzzle_embedding: none }\n" },
        { "padded puzzle embedding", Specs.TrmAtt + "task: { puzzle_embedding: { dim: 700, tokens: 2 } }\n" },
        { "learned positions", Specs.Hrm + "block: { positions: learned }\n" },
        { "learned positions with an MLP", Specs.TrmAtt + "block: { mixer: mlp, positions: learned }\n" },
        { "float64 throughout", Specs.Hrm + "precision: { parameters: float64, forward: float64, internal: float64 }\n" },
        { "bfloat16 throughout", Specs.Hrm + "precision: { parameters: bfloat16, forward: bfloat16, internal: bfloat16 }\n" },
        { "softmax and AdamW", Specs.Hrm + "loss: { kind: softmax, precision: null }\ntraining: { optimizer: adamw, ema: 0.9, steps: 5000000000, epochs: null }\n" },
        { "one_step", Specs.Small(Deep + "\n  gradient: one_step") },
        { "last_cycle", Specs.Small(Deep + "\n  gradient: last_cycle") },
        { "fixed_point", Specs.Small(Deep.Replace("T: 2", "T: 1", StringComparison.Ordinal) + "\n  gradient: { fixed_point: { tolerance: 0.01, max_updates: 500 } }") },
        { "until", Specs.Small("  let: { N: 3 }\n  latents: { z_H: {}, z_L: { count: 2 } }\n  program:\n    - { repeat: N, until: residual < 1e-3, do: [{ repeat: 20, until: residual < 0.01, do: [\"z_L[1] = f(z_L[2] + (z_H + x))\", \"z_L[2] = f(z_L[1])\"] }, \"z_H = g(z_H + sum(z_L))\"] }\n  gradient: last_cycle") },
        { "everything over time", Specs.TrmAtt + "recursion: { let: { T: { at: { 0: 1, 0.3: 2, 0.6: 3 } }, n: { at: { 0: 2, 0.5: 6 } } } }\nsupervision: { N_sup: { at: { 0: 2, 0.25: 8 } } }\n"
            + "act: { loss: { halt: { at: { 0: 0.5, 0.5: 0.25 } }, continue: { weight: { at: { 0: 0, 0.5: 0.5 } } } }, halt_when: q_halt > 0, exploration: { probability: { at: { 0: 0.1, 0.9: 0 } }, draw: each_sample } }\n" },
        { "all of a batch", Specs.Hrm + "supervision: { loop: per_batch }\nact: { exploration: 0 }\n" },
        { "any of a batch", Specs.TrmAtt + "supervision: { loop: { per_batch: { stop: any } } }\nact: { exploration: 0 }\n" },
        { "mean of a batch", Specs.Hrm + "supervision: { loop: { per_batch: { stop: mean } } }\nact: { exploration: 0, evaluate: halt }\n" },
        { "the continue loss read literally", Specs.Hrm + "act: { loss: { continue: { weight: 0.5, predict: next, label: raw, last_step: max } }, evaluate: { residual: 0.001 } }\n" },
        { "groups of weights", Specs.Hrm + "training: { groups: { f_H: { frozen: true }, f_L: { lr: 0.00001, weight_decay: 0 }, q_head: {} } }\n" },
        { "last_updates", Specs.Small(Deep + "\n  gradient: { last_updates: 17 }") },
        { "full", Specs.Small(Deep + "\n  gradient: full") },
        { "heads on elements", Specs.Small("  let: { n: 2 }\n  latents: { z_L: { count: n } }\n  program: [\"z_L[1] = f(z_L[2] + x)\", \"z_L[2] = g(z_L[1])\"]\n  gradient: full", logits: "z_L[n]")
            + "act: { loss: { halt: 0.5 } }\n" },
        { "a summary that fights back", Specs.TrmAtt + "summary: \"</summary> & \\\"quotes\\\" \\\\ */ \\u2028 #error \\u0085 #error \\r #error \\n #error \\t end\"\n" },
        { "odd numbers", Specs.TrmAtt + "block: { rope_theta: 1e300, rms_norm_eps: 4.9e-324, expansion: 2.6666666666666665 }\ntraining: { lr: 0, betas: [0, 0.1] }\n" },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Without_a_warning(string what, string spec)
    {
        var findings = Consumer.Findings(Consumer.Compile(SpecCompiler.Emit(spec)));
        Assert.True(findings.Count == 0, $"{what}:\n{Consumer.Show(findings)}");
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Without_a_warning_in_the_fused_lowering_too(string what, string spec)
    {
        var files = SpecCompiler.Emit(spec, new(null, "precision={ parameters: float32, forward: float32, internal: float32 }", "fused"));
        Assert.Equal(what == "until" ? 3 : 4, files.Count); // that one records a loop that ends by its residual
        var findings = Consumer.Findings(Consumer.Compile(files));
        Assert.True(findings.Count == 0, $"{what}:\n{Consumer.Show(findings)}");
    }

    [Fact]
    public void The_registry_compiles_with_its_models()
    {
        EquatableArray<SourceFile> hrm = SpecCompiler.Emit(Specs.Hrm), trm = SpecCompiler.Emit(Specs.TrmAtt, new("Other.Place", null));
        var registry = HrmCompiler.EmitRegistry("Tests.Models", [new("Tests.Models", "Hrm"), new("Other.Place", "TrmAtt")]);
        var findings = Consumer.Findings(Consumer.Compile([.. hrm, .. trm, registry]));
        Assert.True(findings.Count == 0, Consumer.Show(findings));
    }
}
