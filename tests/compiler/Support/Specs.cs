namespace HrmGen.Compiler.Tests.Support;

/// <summary>Spec texts that many tests start from.</summary>
internal static class Specs
{
    /// <summary>HRM as its preset has it.</summary>
    public const string Hrm = "hrmgen: 1\nname: Hrm\nextends: hrmgen:hrm\n";

    /// <summary>TRM with attention as its preset has it.</summary>
    public const string TrmAtt = "hrmgen: 1\nname: TrmAtt\nextends: hrmgen:trm\n";

    /// <summary>TRM-MLP: the mixer replaced, and what belongs to attention taken away.</summary>
    public const string TrmMlp =
        """
        hrmgen: 1
        name: TrmMlp
        extends: hrmgen:trm
        block: { mixer: mlp, positions: none, num_heads: null, rope_theta: null }

        """;

    /// <summary>The design's TRM with seven latents.</summary>
    public const string TrmHier6 =
        """
        hrmgen: 1
        name: TrmHier6
        extends: hrmgen:trm
        recursion:
          latents: { z_L: { count: 6, state_dict: "L{i}_init" } }
          program:
            - repeat: T
              do:
                - { for: i in 1..n, do: ["z_L[i] = f(sum(z_L) + (z_H + x))"] }
                - "z_H = f(z_H + sum(z_L))"

        """;

    /// <summary>The design's model that nobody has published.</summary>
    public const string ThreeClocks =
        """
        hrmgen: 1
        name: ThreeClocks
        extends: hrmgen:hrm
        networks: { f_M: { layers: 2 } }
        recursion:
          let: { N: 4, T: 3 }
          latents: { z_M: { init: buffer } }
          program:
            - for: c in 1..N
              do:
                - { repeat: T, do: ["z_L = f_L(z_L + (z_M + z_H + x))"] }
                - { every: 2, do: ["z_M = f_M(z_M + z_L)"] }
                - "z_H = f_H(z_H + z_M)"
          gradient: one_step

        """;

    /// <summary>A small model written out, with a recursion of the test's own.</summary>
    /// <param name="program">The lines of <c>recursion</c>, indented by two.</param>
    /// <param name="networks">The networks.</param>
    /// <param name="logits">What the heads read.</param>
    /// <param name="name">The model's name.</param>
    public static string Small(string program, string networks = "{ f: { layers: 1 }, g: { layers: 1 } }", string logits = "z_H", string name = "Small") =>
        $$"""
        hrmgen: 1
        name: {{name}}
        task: { vocab_size: 5, seq_len: 4 }
        block: { hidden_size: 8, num_heads: 2 }
        networks: {{networks}}
        recursion:
        {{program.TrimEnd()}}
        heads: { logits: "{{logits}}" }

        """;
}
