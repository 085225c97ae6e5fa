using static HrmGen.Compiler.Tests.Diagnostics.DiagnosticCase;

namespace HrmGen.Compiler.Tests.Diagnostics;

/// <summary>The gradient, sizes, and settings that do not go together.</summary>
internal static class ModelCases
{
    public static IEnumerable<DiagnosticCase> All { get; } =
    [
        new("HRM0030", Program("    - \"z_H = f(g(z_H + x))\"\n    - \"z_H = f(g(z_H))\"", "[|one_step|]", "{ z_H: {} }"),
            "The 1 update(s) that 'gradient: one_step' records do not read x on a path to the answer, so the embeddings would never be trained; record more updates (e.g. last_cycle)"),
        new("HRM0030", Trm("recursion: { gradient: [|{ last_updates: 1 }|] }"),
            "The 1 update(s) that 'gradient: { last_updates: 1 }' records do not read x on a path to the answer, so the embeddings would never be trained; record more updates (e.g. last_cycle)"),
        new("HRM0031", Program("    - \"z_L = g(z_L + x)\"\n    - \"z_H = f(z_L + x)\"", "{ last_updates: 1 }").Replace(" g: {", " [|g|]: {", StringComparison.Ordinal),
            "No update that 'gradient: { last_updates: 1 }' records calls the network 'g' on a path to the answer: its weights would never be trained"),
        new("HRM0032", Program("    - \"z_L = g(z_L + x)\"\n    - \"z_H = f(z_H + z_L)\"", "[|last_cycle|]"),
            "'last_cycle' records the last iteration of the outermost loop, and this program has no loop; use 'full' or 'last_updates'"),
        new("HRM0032", Trm("recursion: { gradient: [|{ last_updates: 22 }|] }"),
            "'last_updates: 22' asks for more updates than the 21 that one pass executes; use 'full'"),

        new("HRM0040", Trm("block: { num_heads: [|7|] }"), "hidden_size 512 is not a multiple of num_heads 7; change one, or give head_dim"),
        new("HRM0041", Trm("block: { head_dim: [|63|] }"), "Rotary positions turn pairs of channels, so head_dim must be even; it is 63"),
        new("HRM0041", Trm("block: { hidden_size: 24, num_heads: [|8|] }"), "Rotary positions turn pairs of channels, so head_dim must be even; it is 3"),
        new("HRM0041", Trm("task: { grid: [9, 9] }\nblock: { positions: rope2d, head_dim: [|66|] }"),
            "Rotary positions of rows and columns turn pairs of channels in each half of a head, so head_dim must be a multiple of 4; it is 66"),
        new("HRM0045", Trm("block: { positions: [|rope2d|] }"), "'positions: rope2d' needs to know the rows and columns of the cells: give 'task.grid', as in [9, 9]"),
        new("HRM0045", Trm("task: { grid: [|[9, 8]|] }"), "A grid of 9 rows and 8 columns has 72 cells, and seq_len is 81"),
        new("HRM0050", Trm("block: { [|conv_kernel|]: 2 }"), "'conv_kernel' has no effect: it belongs to 'feed_forward: conv_swiglu', and this is 'feed_forward: swiglu'"),
        new("HRM0050", Trm("block: { positions: learned, [|rope_theta|]: 100 }"), "'rope_theta' has no effect: no positions are rotated here"),
        new("HRM0042", Trm("task: { puzzle_embedding: { dim: 1025, tokens: [|2|] } }"), "2 puzzle token(s) of size 512 hold 1024 numbers, fewer than the dim 1025; give at least 3 tokens"),
        new("HRM0043", Trm("heads: { q: { at: [|97|] } }"), "Position 97 lies outside of the 97 positions (puzzle tokens and cells) of this model"),
        new("HRM0044", Hrm("heads: { q: { outputs: [|1|] } }"), "The continue loss needs q_continue, but 'heads.q.outputs: 1' leaves only q_halt; remove 'outputs'"),
        new("HRM0044", Trm("act: { halt_when: q_halt > q_continue }\nheads: { q: { outputs: [|1|] } }"),
            "'halt_when: q_halt > q_continue' needs q_continue, but 'heads.q.outputs: 1' leaves only q_halt; remove 'outputs'"),
        new("HRM0045", Trm("training: { [|steps|]: 100 }"), "'steps' and 'epochs' both say how long training lasts; set one of them to null"),
        new("HRM0045", Program("    - \"z_H = f(z_H + g(sum(z_L)) + x)\"", latents: "{ z_H: {}, z_L: { count: 2, state_dict: [|L_init|] } }"),
            "The checkpoint name 'L_init' belongs to the latent 'z_L' and to the latent 'z_L'; give an indexed latent's name a {i}, as in 'L{i}_init'"),
        new("HRM0045", Trm("networks: { f: { state_dict: [|lm_head|] } }"), "The checkpoint name 'lm_head' belongs to the language-model head and to the network 'f'; rename one"),

        new("HRM0050", Trm("block: { mixer: mlp, positions: none, [|num_heads|]: 4 }"), "'num_heads' has no effect: it belongs to 'mixer: attention', and this is 'mixer: mlp'"),
        new("HRM0050", Trm("block: { mixer: mlp, [|positions|]: rope }"),
            "'positions: rope' has no effect: rotary positions work inside attention, and the mixer is 'mlp'; write 'none'"),
        new("HRM0050", Trm("supervision: { N_sup: 1 }\nact: { [|exploration|]: 0.5 }"), "'exploration' has no effect: with N_sup: 1 every row halts after its only step"),
        new("HRM0050", Trm("act: { halt_when: never, [|exploration|]: 0.5 }"), "'exploration' has no effect: no row halts before its last step, so there is nothing to delay"),
        new("HRM0050", Trm("task: { puzzle_embedding: none }\ntraining: { [|puzzle_embedding|]: { lr: 0.1 } }"),
            "'training.puzzle_embedding' has no effect: this model has no puzzle embedding ('task.puzzle_embedding')"),
        new("HRM0050", Trm("recursion: { latents: { z_L: { init: zeros, [|state_dict|]: L } } }"), "'state_dict' has no effect: zeros are not kept in a checkpoint"),
        new("HRM0050", Trm("recursion: { latents: { z_L: { init: random, [|state_dict|]: L } } }"), "'state_dict' has no effect: values that each example draws anew are not kept in a checkpoint"),
        new("HRM0050", Trm("recursion: { latents: { z_L: { init: zeros, state_dict: null, [|std|]: 2 } } }"), "'std' has no effect: this latent starts from zeros"),

        // Supervision steps that differ.
        new("HRM0050", Trm("supervision: { N_sup: 1, [|step_decay|]: 0.7 }"), "'step_decay' has no effect: with N_sup: 1 an example has one step"),
        new("HRM0050", Trm("supervision: { N_sup: 1, [|feedback|]: true }"), "'feedback' has no effect: with N_sup: 1 an example has one step"),
        new("HRM0050", Trm("supervision: { N_sup: 1, [|step_embedding|]: true }"), "'step_embedding' has no effect: with N_sup: 1 an example has one step"),
        new("HRM0045", Hrm("supervision: { [|feedback|]: true }"),
            "'feedback' does not combine with the continue loss, whose target needs a pass ahead of the step; leave out 'act.loss.continue'"),
        new("HRM0045", Hrm("supervision: { [|step_embedding|]: true }"),
            "'step_embedding' does not combine with the continue loss, whose target needs a pass ahead of the step; leave out 'act.loss.continue'"),
        new("HRM0045", Hrm("recursion: { latents: { z_L: { init: random, state_dict: null } } }\nsupervision: { [|candidates|]: { count: 2 } }"),
            "'candidates' does not combine with the continue loss, whose target needs a pass ahead of the step; leave out 'act.loss.continue'"),
        new("HRM0045", Trm("supervision: { [|candidates|]: { count: 2 } }"),
            "All candidates of an example would be the same: let a latent start at random ('init: random'), or add noise to an equation"),
        new("HRM0045", Trm("recursion: { latents: { z_L: { init: random, state_dict: null } } }\nsupervision: { loop: per_batch, [|candidates|]: { count: 2 } }"),
            "'candidates' belongs to 'loop: per_sample': each row has its own winner and halts with it"),
        new("HRM0045", Trm("recursion: { latents: { z_L: { init: random, state_dict: null } } }\nsupervision: { [|candidates|]: { count: 2 } }\nact: { halt_when: residual < 0.1 }"),
            "'candidates' does not combine with 'halt_when: residual': the winner of one step need not be that of the last"),
        new("HRM0021", Trm("recursion: { latents: { z_L: { init: random, state_dict: null } } }\nsupervision: { candidates: { count: 2, from_winner: [[|z_K|]] } }"),
            "There is no latent 'z_K' (did you mean 'z_H'?)"),
        new("HRM0045", Trm("loss: { [|target|]: path }"), "'target: path' leads every row through all N_sup steps, and here rows halt earlier: set 'act.halt_when: never'"),
        new("HRM0013", Trm("act: { halt_when: residual < [|0|] }"), "'residual' takes a number above 0; it is 0.0"),
        new("HRM0050", Trm("training: { [|muon|]: { lr: 0.02 } }"), "'muon' has no effect: the optimizer is another one"),
        new("HRM0032", Trm("recursion: { gradient: [|{ last_updates: { at: { 0: 2, 0.5: 22 } } }|] }"),
            "'last_updates: 22' asks for more updates than the 21 that one pass executes; use 'full'"),
    ];
}
