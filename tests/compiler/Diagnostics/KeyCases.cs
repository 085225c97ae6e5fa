using static HrmGen.Compiler.Tests.Diagnostics.DiagnosticCase;

namespace HrmGen.Compiler.Tests.Diagnostics;

/// <summary>Keys, values and names.</summary>
internal static class KeyCases
{
    public static IEnumerable<DiagnosticCase> All { get; } =
    [
        // Misspelt, official and misplaced keys.
        new("HRM0010", Trm("block: { [|hiden_size|]: 64 }"), "Unknown key 'hiden_size' in block (did you mean 'hidden_size'?)"),
        new("HRM0010", Trm("supervision:\n  [|N_supp|]: 4"), "Unknown key 'N_supp' in supervision (did you mean 'N_sup'?)"),
        new("HRM0010", "hrmgen: 1\n[|nmae|]: M\nextends: hrmgen:trm\n", "Unknown key 'nmae' in the spec (did you mean 'name'?)"),
        new("HRM0010", Trm("recursion: { [|H_cycles|]: 2 }"), "Unknown key 'H_cycles' in recursion (the official configurations' 'H_cycles' is 'recursion.let' here)"),
        new("HRM0010", Trm("[|halt_max_steps|]: 16"), "Unknown key 'halt_max_steps' in the spec (the official configurations' 'halt_max_steps' is 'supervision.N_sup' here)"),
        new("HRM0010", Trm("act: { [|no_ACT_continue|]: true }"), "Unknown key 'no_ACT_continue' in act (the official configurations' 'no_ACT_continue' is 'act.loss.continue' here)"),
        new("HRM0010", Trm("training: { [|global_batch_size|]: 8 }"), "Unknown key 'global_batch_size' in training (the official configurations' 'global_batch_size' is 'training.batch_size' here)"),
        new("HRM0010", Trm("[|hidden_size|]: 64"), "Unknown key 'hidden_size' in the spec ('hidden_size' belongs to 'block')"),
        new("HRM0010", Trm("block: { [|weight_decay|]: 1.0 }"), "Unknown key 'weight_decay' in block ('weight_decay' belongs to 'training')"),
        new("HRM0010", Trm("supervision: { [|qqq|]: 1 }"), "Unknown key 'qqq' in supervision (it has N_sup, loop, step_decay, candidates, feedback, step_embedding)"),
        new("HRM0010", Trm("recursion: { program: [{ [|repeet|]: 3, do: [\"z_H = f(z_H + x)\"] }] }"), "Unknown key 'repeet' in a statement (did you mean 'repeat'?)"),

        // Missing keys.
        new("HRM0011", "[|hrmgen: 1\nextends: hrmgen:trm|]\n", "The spec needs the key 'name': The C# type name."),
        new("HRM0011", Trm("[|task|]: { vocab_size: null }"),
            "Task needs the key 'vocab_size': Number of tokens, PAD included."),
        new("HRM0011", Trm("[|block|]: { num_heads: null }"), "Block needs the key 'num_heads': attention needs the number of heads"),

        // Types.
        new("HRM0012", Trm("block: { hidden_size: [|big|] }"), "'hidden_size' takes a whole number from 1 to 65536, not 'big'"),
        new("HRM0012", Trm("block: { hidden_size: [|\"64\"|] }"), "'hidden_size' takes a whole number from 1 to 65536, not the text '64'"),
        new("HRM0012", Trm("block: { hidden_size: [|[64]|] }"), "'hidden_size' takes a whole number from 1 to 65536, not a list"),
        new("HRM0012", Trm("block: [|512|]"), "'block' takes a mapping (hidden_size, mixer, feed_forward, ...), not '512'"),
        new("HRM0012", Trm("training: { betas: [|[0.9]|] }"), "'betas' takes a list of 2, each a number from 0 to 0.999999999, not a list"),
        new("HRM0012", Trm("training: { lr: [|\"0,1\"|] }"), "'lr' takes a number from 0 to 1000, not the text '0,1'"),

        // Ranges.
        new("HRM0013", Trm("supervision: { N_sup: [|0|] }"), "'N_sup' takes a whole number from 1 to 10000; it is 0"),
        new("HRM0013", Trm("supervision: { N_sup: [|1.5|] }"), "'N_sup' takes a whole number from 1 to 10000; it is 1.5"),
        new("HRM0013", Trm("supervision: { N_sup: [|99999999999999999999|] }"), "'N_sup' takes a whole number from 1 to 10000; it is 99999999999999999999"),
        new("HRM0013", Trm("act: { exploration: [|1.1|] }"), "'exploration' takes a number from 0 to 1; it is 1.1"),
        new("HRM0013", Trm("block: { rms_norm_eps: [|0|] }"), "'rms_norm_eps' takes a number above 0 and at most 1; it is 0"),
        new("HRM0013", Trm("training: { betas: [0.9, [|1.0|]] }"), "'betas' takes a number from 0 to 0.999999999; it is 1.0"),
        new("HRM0013", Trm("recursion: { let: { T: [|0 - 1|] } }"), "'T' takes a whole number of at least 0; it is -1"),
        new("HRM0013", Program("    - { repeat: [|1 - 2|], do: [\"z_H = f(z_L + x)\"] }\n    - \"z_L = g(z_H)\""), "'repeat' takes a whole number of at least 0; it is -1"),
        new("HRM0013", Program("    - { repeat: T, do: [{ every: [|0|], do: [\"z_H = f(z_L + x)\"] }] }\n    - \"z_L = g(z_H)\""), "'every' takes a whole number of at least 1; it is 0"),
        new("HRM0013", Program("    - \"z_H = f(z_H + g(z_L[1]) + x)\"", latents: "{ z_H: {}, z_L: { count: [|1025|] } }"), "'count' takes a whole number from 1 to 1024; it is 1025"),

        // Choices.
        new("HRM0014", Trm("block: { mixer: [|atention|] }"), "'atention' is not a value of 'mixer' (did you mean 'attention'?)"),
        new("HRM0014", Trm("loss: { kind: [|focal|] }"), "'focal' is not a value of 'kind' (one of stablemax, softmax)"),
        new("HRM0014", Trm("recursion: { gradient: [|last_cicle|] }"), "'last_cicle' is not a value of 'gradient' (did you mean 'last_cycle'?)"),

        // Names.
        new("HRM0015", "hrmgen: 1\nname: [|Trm-Mlp|]\nextends: hrmgen:trm\n", "'Trm-Mlp' cannot be a name: a name takes letters, digits and _, and does not start with a digit"),
        new("HRM0015", "hrmgen: 1\nname: [|4Trm|]\nextends: hrmgen:trm\n", "'4Trm' cannot be a name: a name takes letters, digits and _, and does not start with a digit"),
        new("HRM0015", "hrmgen: 1\nname: [|class|]\nextends: hrmgen:trm\n", "'class' cannot be a name: it is a keyword of C#"),
        new("HRM0015", "hrmgen: 1\nname: [|trm|]\nextends: hrmgen:trm\n", "'trm' cannot be a name: C# keeps type names in lower case for itself; begin with a capital"),
        new("HRM0015", "hrmgen: 1\nname: [|Attention|]\nextends: hrmgen:trm\n", "'Attention' cannot be a name: the emitted code needs that name itself"),
        new("HRM0015", "hrmgen: 1\nname: [|MyTrainingStep|]\nextends: hrmgen:trm\n", "'MyTrainingStep' cannot be a name: names that end in TrainingStep are those of the emitted training steps"),
        new("HRM0015", "hrmgen: 1\nname: [|T|]\nextends: hrmgen:trm\n", "'T' cannot be a name: a constant of this spec has that name already"),
        new("HRM0015", Trm("networks: { [|z_H_init|]: { layers: 1 } }"), "'z_H_init' cannot be a name: the initial vector of a latent of this spec has that name already"),
        new("HRM0015", Trm("networks: { [|int|]: { layers: 1 } }"), "'int' cannot be a name: it is a keyword of C#"),
        new("HRM0015", Trm("recursion: { let: { [|x|]: 1 } }"), "'x' cannot be a name: 'x' is the embedded input"),
        new("HRM0015", Trm("recursion: { latents: { [|lm_head|]: {} } }"), "'lm_head' cannot be a name: the emitted code needs that name itself"),
        new("HRM0015", Trm("networks: { [|z_H|]: { layers: 1 } }"), "'z_H' cannot be a name: a latent of this spec has that name already"),
        new("HRM0015", Trm("networks: { f: { state_dict: [|a..b|] } }"), "'a..b' cannot be a name: it takes letters, digits, _ and single dots"),
        new("HRM0015", Program("    - { for: [|T in 1..2|], do: [\"z_H = f(z_L + x)\"] }\n    - \"z_L = g(z_H)\""), "'T' cannot be a name: something else has that name here"),
        new("HRM0015", Program("    - { for: [|sum|] in 1..2, do: [\"z_H = f(z_L + x)\"] }\n    - \"z_L = g(z_H)\""), "'sum' cannot be a name: 'sum' adds up an indexed latent"),

        // Versions.
        new("HRM0018", "hrmgen: [|2|]\nname: M\nextends: hrmgen:trm\n", "This compiler reads version 1 of the spec language ('hrmgen: 1'), not '2'"),

        // What changes over training, and groups of weights.
        new("HRM0060", Trm("supervision: { N_sup: { at: { [|0.5|]: 4 } } }"), "'0.5' cannot stand here: a schedule begins at 0 and goes on in growing shares of training below 1, as in { at: { 0: 1, 0.3: 2 } }"),
        new("HRM0060", Trm("supervision: { N_sup: { at: { 0: 4, 0.5: 8, [|0.4|]: 9 } } }"), "'0.4' cannot stand here: a schedule begins at 0 and goes on in growing shares of training below 1, as in { at: { 0: 1, 0.3: 2 } }"),
        new("HRM0060", Trm("supervision: { N_sup: { at: { 0: 4, [|1|]: 8 } } }"), "'1' cannot stand here: a schedule begins at 0 and goes on in growing shares of training below 1, as in { at: { 0: 1, 0.3: 2 } }"),
        new("HRM0060", Trm("act: { loss: { halt: { at: { 0: 0.5, [|half|]: 1 } } } }"), "'half' cannot stand here: a schedule begins at 0 and goes on in growing shares of training below 1, as in { at: { 0: 1, 0.3: 2 } }"),
        new("HRM0012", Trm("supervision: { N_sup: [|{ over: { 0: 4 } }|] }"), "'N_sup' takes a schedule, as in { at: { 0: 1, 0.5: 2 } }, not a mapping"),
        new("HRM0013", Trm("supervision: { N_sup: { at: { 0: 4, 0.5: [|0|] } } }"), "'N_sup' takes a whole number from 1 to 10000; it is 0"),
        new("HRM0061", Program("    - \"z_L[1] = f(z_L[1] + x)\"\n    - \"z_H = g(z_H + sum(z_L))\"", latents: "{ z_H: {}, z_L: { count: [|n|] } }").Replace("n: 3", "n: { at: { 0: 2, 0.5: 3 } }", StringComparison.Ordinal), "'n' changes over training, and the number of latents cannot"),
        new("HRM0063", Trm("training: { groups: { [|everything|]: { lr: 0.1 } } }"), "No weights are called 'everything' (there are embed_tokens, lm_head, q_head, f)"),
        new("HRM0063", Trm("training: { groups: { [|lm_haed|]: { lr: 0.1 } } }"), "No weights are called 'lm_haed' (did you mean 'lm_head'?)"),
        new("HRM0050", Trm("training: { groups: { f: { frozen: true, [|lr|]: 0.1 } } }"), "'lr' has no effect: these weights are frozen"),

        // Loops, halting and evaluation.
        new("HRM0014", Trm("supervision: { loop: { per_batch: { stop: [|some|] } } }"), "'some' is not a value of 'stop' (one of all, any, mean)"),
        new("HRM0011", Hrm("act: { loss: { [|continue|]: { predict: next } } }").Replace("hrmgen:hrm", "hrmgen:trm", StringComparison.Ordinal), "Act.loss.continue needs the key 'weight': Weight of the continue loss."),
        new("HRM0050", Trm("supervision: { loop: per_batch }\nact: { [|exploration|]: 0.1 }"), "'exploration' has no effect: with 'loop: per_batch' the batch stops as a whole"),
        new("HRM0014", Trm("data: { refill: [|queued|] }"), "'queued' is not a value of 'refill' (did you mean 'queue'?)"),
        new("HRM0050", Trm("supervision: { loop: per_batch }\nact: { exploration: 0 }\ndata: { [|refill|]: queue }"), "'refill' has no effect: with 'loop: per_batch' all rows take their examples together"),
        new("HRM0050", Trm("supervision: { N_sup: 1 }\nact: { exploration: 0 }\ndata: { [|refill|]: queue }"), "'refill' has no effect: with N_sup: 1 every row takes one at every step"),
        new("HRM0045", Trm("act: { loss: none, halt_when: never, exploration: 0, evaluate: [|halt|] }"), "'evaluate: halt' needs a halting rule, and no row of this model halts before its last step; give 'halt_when', or a halt loss"),

        // Metadata of the project file has no place in the spec: the finding stands at its head.
        new("HRM0051", Trm("").Insert(0, "[||]"), "HrmSet: 'block.hidden_size' is not of the form key=value, as in block.hidden_size=64", "block.hidden_size"),
        new("HRM0052", Trm("[|precision|]: { forward: float64 }"), "This model has no fused form and runs in the reference lowering: its kernels compute in one format, or in bfloat16 with float32 parameters and norms, and those of 'precision' are others", Lowering: "fused"),
        new("HRM0052", Trm("precision: { forward: float32 }\nblock: { [|feed_forward|]: conv_swiglu }"), "This model has no fused form and runs in the reference lowering: there are no kernels for 'conv_swiglu'", Lowering: "fused"),
        new("HRM0052", Program("    - { repeat: 3, until: residual < 0.1, do: [\"z_L = g(z_L + x)\", \"z_H = f(z_H + z_L)\"] }").Replace("gradient: full", "[|gradient|]: full\nprecision: { forward: float32 }", StringComparison.Ordinal), "This model has no fused form and runs in the reference lowering: an 'until' loop lies within the recorded updates, so that their number is not known", Lowering: "fused"),
        new("HRM0053", Trm("").Insert(0, "[||]"), "There is no lowering 'fast': HrmLowering (and HrmGenLowering, for a whole project) is 'reference' or 'fused'", Lowering: "fast"),
        new("HRM0051", Trm("").Insert(0, "[||]"), "HrmSet: 'block.hidden_size={' has no readable value", "block.hidden_size={"),
    ];
}
