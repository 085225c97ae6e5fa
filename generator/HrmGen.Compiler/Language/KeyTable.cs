using HrmGen.Compiler.Language.Blocks;

namespace HrmGen.Compiler.Language;

/// <summary>The table of keys: every key of the spec language with its type, range, default and meaning.</summary>
internal static class KeyTable
{
    public static readonly ChoiceType DTypes = new("float64", "float32", "bfloat16");

    public static readonly MapType PuzzleEmbedding = new("task.puzzle_embedding",
        new("count", new IntegerType(1, 10_000_000), "Number of puzzle identifiers.", "1", "num_puzzle_identifiers"),
        new("dim", new IntegerType(1, 65_536), "Size of a puzzle's vector; padded with zeros to whole tokens.", "block.hidden_size", "puzzle_emb_ndim"),
        new("tokens", new IntegerType(1, 1024), "Positions that the vector takes in front of the cells.", "dim / hidden_size, rounded up", "puzzle_emb_len"));

    public static readonly MapType Task = new("task",
        new("vocab_size", new IntegerType(2, 1_000_000), "Number of tokens, PAD included.", null),
        new("seq_len", new IntegerType(1, 65_536), "Number of cells of a puzzle.", null),
        new("grid", new ListType(new IntegerType(1, 65_536), 2, 2), "Rows and columns of the cells, which lie row by row.", "not known"),
        new("puzzle_embedding", new EitherType(PuzzleEmbedding, new ChoiceType("none")), "A learned vector per puzzle, in front of the cells.", "none"));

    public static readonly MapType Block = new("block",
    [
        new("hidden_size", new IntegerType(1, 65_536), "Channels of every latent.", null),
        new("mixer", Kinds(Mixers.All), "What mixes positions: " + Docs(Mixers.All) + ".", Mixers.All[0].Name, "mlp_t"),
        new("feed_forward", Kinds(FeedForwards.All), "What works on the channels of each position: " + Docs(FeedForwards.All) + ".", FeedForwards.All[0].Name),
        .. Mixers.All.Concat(FeedForwards.All).SelectMany(k => k.Keys),
        new("expansion", new NumberType(0, 64, ExclusiveMin: true), "Width of the SwiGLU: 2/3 of expansion * hidden_size, rounded up to a multiple of 256.", "4"),
        new("positions", new ChoiceType("rope", "rope2d", "learned", "none"),
            "How positions are told apart: rotary, rotary over the rows and columns of 'task.grid', learned vectors added to the input, or not at all.", "rope with attention, else none", "pos_encodings"),
        new("rope_theta", new NumberType(0, double.PositiveInfinity, ExclusiveMin: true), "Base of the rotary frequencies.", "10000"),
        new("norm", new ChoiceType("post_rms", "pre_rms"),
            "Where the norm stands: RMSNorm(h + f(h)), or h + f(RMSNorm(h)) with one more norm behind the last layer. Without scale.", "post_rms"),
        new("rms_norm_eps", new NumberType(0, 1, ExclusiveMin: true), "Added to the mean square.", "1e-5"),
    ]);

    public static readonly MapType Network = new("network",
        new("layers", new IntegerType(1, 1024), "Layers of the stack.", null, "L_layers", "H_layers", "num_layers"),
        new("state_dict", new NameType(Dotted: true), "Its name in a checkpoint.", "the network's name"));

    public static readonly MapType Latent = new("latent",
        new("init", new ChoiceType("buffer", "learned", "zeros", "random"),
            "How it starts: one fixed random vector, a learned one, zeros, or values drawn anew for each example, position and channel.", "buffer"),
        new("std", new NumberType(0, 1000, ExclusiveMin: true), "Standard deviation of the initial values, a normal truncated at two of them.", "1"),
        new("count", new CustomType("a whole number or a constant of 'let'"), "Makes it indexed: z[1] to z[count].", "a single latent"),
        new("state_dict", new TextType(), "Name of the initial value in a checkpoint, with {i} for an indexed one.", "NAME_init, or NAME{i}_init"));

    public static readonly MapType FixedPoint = new("recursion.gradient.fixed_point",
        new("tolerance", new NumberType(0, 1, ExclusiveMin: true), "Residual below which the latents count as a fixed point.", null),
        new("max_updates", new IntegerType(1, 100_000), "Updates of one pass at most, the recorded ones included.", null));

    public static readonly MapType Statement = new("a statement",
        new("repeat", new CustomType("a whole number or a formula of constants"), "Runs the statements of 'do' so many times.", "one of the three"),
        new("for", new CustomType("a range, as in 'i in 1..n'"), "Runs them once for each value of a variable, which indexes latents.", "one of the three"),
        new("every", new CustomType("a whole number or a formula of constants"), "Runs them in every k-th iteration of the loop around it.", "one of the three"),
        new("until", new CustomType("a condition, as in 'residual < 1e-3'"), "Ends a 'repeat' early: once an iteration changes no latent that it updates by more than this, relative to its norm.", "all iterations"),
        new("do", new StatementsType(), "The statements.", null));

    public static readonly MapType Gradient = new("recursion.gradient",
        new("last_updates", Scheduled(new IntegerType(1, 100_000)), "Record the last k updates. It may change over training."),
        new("fixed_point", FixedPoint, "Repeat the program without a gradient until the latents settle, then record the last update of every latent (1-step implicit gradient)."));

    public static readonly MapType Recursion = new("recursion",
        new("let", new NamedMapType("whole numbers", new EitherType(new CustomType("a whole number or a formula of other constants"), new ScheduleType(new IntegerType(0, 1_000_000)))),
            "Named constants, as in the papers: N, T, n. One may change over training.", "none", "H_cycles", "L_cycles"),
        new("latents", new NamedMapType("latents", Latent), "The latents, by name.", null),
        new("program", new StatementsType(), "The updates of one pass.", null),
        new("gradient", new EitherType(new ChoiceType("one_step", "last_cycle", "full"), Gradient),
            "Which suffix of the updates is recorded; everything before is detached.", null));

    public static readonly MapType QHead = new("heads.q",
        new("from", new CustomType("a latent"), "The latent that it reads.", "heads.logits"),
        new("at", new IntegerType(0, 1_000_000), "The position that it reads: 0 is the first puzzle token, or the first cell.", "0"),
        new("outputs", new IntegerType(1, 2), "2: q_halt and q_continue, as published; 1: q_halt only.", "2"));

    public static readonly MapType Heads = new("heads",
        new("logits", new CustomType("a latent"), "The latent that the language-model head reads.", null),
        new("q", QHead, "The halting head.", "reads position 0 of the same latent"));

    public static readonly MapType PerBatch = new("supervision.loop",
        new Key("per_batch", new MapType("supervision.loop.per_batch",
            new Key("stop", new ChoiceType("all", "any", "mean"), "The batch ends when all rows would halt, when any would, or when the means of the halting logits say so.", "all")),
            "One batch at a time: its latents start anew, and its rows train together until it stops or has had N_sup steps (the papers' pseudocode)."));

    public static readonly MapType Candidates = new("supervision.candidates",
        new("count", new IntegerType(2, 64), "Runs of each example.", null),
        new("from_winner", new ListType(new CustomType("a latent"), 1), "Latents that all runs of an example take over from its winner after each step; of the others each run keeps its own.", "none"));

    public static readonly MapType Supervision = new("supervision",
        new("N_sup", Scheduled(new IntegerType(1, 10_000)), "Supervision steps on one example at most. It may change over training.", "16", "halt_max_steps", "n_sup", "max_steps"),
        new("loop", new EitherType(new ChoiceType("per_sample", "per_batch"), PerBatch), "Rows that halted take new examples while the others go on (the official code), or the whole batch at a time.", "per_sample"),
        new("step_decay", new NumberType(0, 1, ExclusiveMin: true), "The losses of supervision step t weigh step_decay^(t-1), scaled so that the weights of N_sup steps add up to 1 (CGAR).", "all steps weigh 1"),
        new("candidates", Candidates, "Several runs of each example side by side; only the one with the lowest loss is trained (winner takes all). Evaluation has one.", "one"),
        new("feedback", new FlagType(), "From the second step on the model's own answer takes the place of the input (DIS).", "false"),
        new("step_embedding", new FlagType(), "A learned vector for each supervision step, added to every position of the input (DIS).", "false"));

    private static readonly NumberType Weight = new(0, double.PositiveInfinity, ExclusiveMin: true);

    private static readonly NumberType WeightOverTime = new(0, double.PositiveInfinity);

    public static readonly MapType Continue = new("act.loss.continue",
        new("weight", new EitherType(Weight, new ScheduleType(WeightOverTime)), "Weight of the continue loss.", null),
        new("predict", new ChoiceType("current", "next"), "Which q_continue is trained: this step's (the official code), or the extra pass's own (the pseudocode, read literally).", "current"),
        new("label", new ChoiceType("sigmoid", "raw"), "The target as a probability, or the logit itself as the pseudocode prints it.", "sigmoid"),
        new("last_step", new ChoiceType("halt", "max"), "On the last step the target is the next q_halt alone (published), or the larger one as on every other step.", "halt"));

    public static readonly MapType ActLoss = new("act.loss",
        new("halt", new EitherType(Weight, new ScheduleType(WeightOverTime)), "Weight of the halt loss: is the answer right? It may change over training.", "no halt loss"),
        new("continue", new EitherType(Weight, Continue), "Weight of the continue loss; costs a second forward pass.", "no continue loss", "no_ACT_continue"));

    public static readonly MapType Exploration = new("act.exploration",
        new("probability", Scheduled(new NumberType(0, 1)), "Probability that a row draws a minimum number of steps. It may change over training.", null),
        new("draw", new ChoiceType("each_step", "each_sample"), "A row draws anew at every step (the official code), or once for each example (the paper).", "each_step"));

    public static readonly MapType Residual = new("act.evaluate",
        new Key("residual", new NumberType(0, 1, ExclusiveMin: true), "Threshold of the relative change.", null));

    public static readonly MapType Act = new("act",
        new("loss", new EitherType(ActLoss, new ChoiceType("none")), "The losses of the halting head.", "none"),
        new("halt_when", new CustomType("'q_halt > q_continue', 'q_halt > 0' (or another number), 'residual < 1e-2', or 'never'"), "When a row halts in training; strict, and always after N_sup steps.",
            "q_halt > q_continue with a continue loss, q_halt > 0 with a halt loss only, else never"),
        new("exploration", new EitherType(new NumberType(0, 1), Exploration), "Probability that a row draws a minimum number of steps, 2 to N_sup.", "0", "halt_exploration_prob"),
        new("evaluate", new EitherType(new ChoiceType("all_steps", "halt"), Residual),
            "Evaluation runs all N_sup steps; or a row's answer stands once it would halt; or once a supervision step changes the latent that the answer is read from by less than a threshold.", "all_steps"));

    public static readonly MapType Loss = new("loss",
        new("kind", new ChoiceType("stablemax", "softmax"), "Cross-entropy of the language-model head.", "stablemax", "loss_type"),
        new("precision", new ChoiceType("float64", "float32"), "Format that it is computed in.", "float64 for stablemax, float32 for softmax"),
        new("label_smoothing", new NumberType(0, 1), "Share of the target that is spread over all tokens.", "0"),
        new("target", new ChoiceType("label", "path"),
            "The target of a supervision step: the answer; or, on the way from the input to it, that with the first t / N_sup of the cells put right that differ, in a random order (DIS).", "label"));

    public static readonly MapType Precision = new("precision",
        new("parameters", DTypes, "Format of the weights.", "float32"),
        new("forward", DTypes, "Format of the forward pass.", "float32", "forward_dtype"),
        new("internal", DTypes, "Format of norms, rotary tables and q.", "float32"));

    public static readonly MapType Data = new("data",
        new Key("refill", new ChoiceType("offered", "queue"),
            "A batch is offered at every step, and rows that have not halted discard their example of it (the official code); or a row that halts takes the next example of the queue, and none is lost.", "offered"));

    public static readonly MapType PuzzleTraining = new("training.puzzle_embedding",
        new("optimizer", new ChoiceType("sign_sgd"), "Sparse sign-SGD on the rows of the batch.", "sign_sgd"),
        new("lr", new NumberType(0, 1000), "Learning rate.", "training.lr", "puzzle_emb_lr"),
        new("weight_decay", new NumberType(0, 1000), "Decoupled weight decay.", "training.weight_decay", "puzzle_emb_weight_decay"));

    public static readonly MapType Group = new("training.groups",
        new("lr", new NumberType(0, 1000), "Learning rate of these weights.", "training.lr"),
        new("weight_decay", new NumberType(0, 1000), "Decoupled weight decay of these weights.", "training.weight_decay"),
        new("frozen", new FlagType(), "Whether these weights keep the values that they have.", "false"));

    public static readonly MapType Muon = new("training.muon",
        new("lr", new NumberType(0, 1000), "Learning rate of the matrices; it follows the same schedule.", "0.02"),
        new("weight_decay", new NumberType(0, 1000), "Decoupled weight decay of the matrices.", "training.weight_decay"),
        new("momentum", new NumberType(0, 0.999999999), "Decay of the running mean of the gradient (Nesterov's form).", "0.95"),
        new("scale", new ChoiceType("original", "match_rms_adamw"), "Factor of an update: sqrt(max(1, rows / columns)), or 0.2 sqrt(max(rows, columns)), as in torch.optim.Muon.", "original"));

    public static readonly MapType Training = new("training",
        new("batch_size", new IntegerType(1, 1_000_000), "Rows of the global batch.", "768", "global_batch_size"),
        new("optimizer", new ChoiceType("adam_atan2", "adamw", "muon"), "Optimizer of the parameters; 'muon' takes the matrices of the networks and leaves the rest to AdamW.", "adam_atan2"),
        new("muon", Muon, "Settings of 'optimizer: muon'.", "its defaults"),
        new("betas", new ListType(new NumberType(0, 0.999999999), 2, 2), "Decay of the two moments.", "[0.9, 0.95]", "beta1", "beta2"),
        new("lr", new NumberType(0, 1000), "Learning rate.", "1e-4", "learning_rate"),
        new("warmup_steps", new IntegerType(0, int.MaxValue), "Optimizer steps of linear warm-up.", "2000", "lr_warmup_steps"),
        new("lr_min_ratio", new NumberType(0, 1), "Floor of the cosine, as a part of lr; 1 keeps lr constant.", "1"),
        new("weight_decay", new NumberType(0, 1000), "Decoupled weight decay of every parameter.", "0.1"),
        new("ema", new EitherType(new NumberType(0, 1), new ChoiceType("none")), "Rate of the exponential moving average of the parameters.", "none", "ema_rate"),
        new("clip_norm", new NumberType(0, double.PositiveInfinity, ExclusiveMin: true), "The gradient is scaled down to this norm, taken over all parameters.", "none"),
        new("groups", new NamedMapType("groups", Group),
            "Weights that train otherwise: by the name of a network or of a learned latent, or embed_tokens, embed_pos, lm_head, q_head.", "none"),
        new("steps", new IntegerType(1, long.MaxValue), "Optimizer steps in all.", "given at run time"),
        new("epochs", new IntegerType(1, long.MaxValue), "Epochs in all, counted in offered examples.", "given at run time"),
        new("puzzle_embedding", PuzzleTraining, "Training of the puzzle embedding.", "as the parameters"));

    private static ChoiceType Kinds(IReadOnlyList<PartKind> kinds) => new([.. kinds.Select(k => k.Name)]);

    private static string Docs(IReadOnlyList<PartKind> kinds) => string.Join("; ", kinds.Select(k => $"'{k.Name}', {k.Doc}"));

    private static EitherType Scheduled(ValueType value) => new(value, new ScheduleType(value));

    public static readonly MapType Root = new("the spec",
        new("hrmgen", new IntegerType(1, 1), "Version of the language.", null),
        new("name", new NameType(), "The C# type name.", null),
        new("summary", new TextType(), "One sentence for the documentation of the emitted type.", "none"),
        new("published", new TextType(), "The published result that this spec describes, with its source.", "none"),
        new("extends", new TextType(), "The base that this spec changes: a preset (hrmgen:hrm, hrmgen:trm, hrmgen:transformer), or the path of a spec file from this one's folder.", "none", "family", "base"),
        new("abstract", new FlagType(), "Whether this spec is only a base for others: it may be incomplete, and nothing is emitted for it.", "false"),
        new("matrix", new MatrixType(), "Several models from one file: dotted keys with the values that they take in turn; 'name' is their template.", "one model"),
        new("task", Task, "What is learned.", null),
        new("block", Block, "One layer.", null, "arch"),
        new("networks", new NamedMapType("networks", Network), "The networks, by name.", null),
        new("recursion", Recursion, "How the networks are applied again and again.", null),
        new("heads", Heads, "What reads the latents.", null),
        new("supervision", Supervision, "Deep supervision.", "N_sup: 16"),
        new("act", new EitherType(Act, new ChoiceType("none")), "Adaptive computation time.", "none: every row runs N_sup steps"),
        new("loss", Loss, "The language-model loss.", "stablemax in float64"),
        new("data", Data, "How the rows come by their examples.", "as the official code"),
        new("precision", Precision, "Number formats.", "float32"),
        new("training", Training, "Defaults of the training options.", "see its keys"));
}
