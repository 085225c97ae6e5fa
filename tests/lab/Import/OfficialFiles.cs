namespace HrmGen.Lab.Tests.Import;

/// <summary>Configurations like the official ones: their keys, as the architectures read them.</summary>
internal static class OfficialFiles
{
    public const string Pretrain = """
        # Data path
        defaults:
          - arch: trm
          - _self_
        hydra:
          output_subdir: null
        data_paths: ['data/sudoku-extreme-1k-aug-1000']
        evaluators: []
        global_batch_size: 384
        epochs: 60000
        eval_interval: 5000
        checkpoint_every_eval: True
        lr: 1e-4
        lr_min_ratio: 0.1
        lr_warmup_steps: 1000
        beta1: 0.9
        beta2: 0.99
        weight_decay: 0.1
        puzzle_emb_weight_decay: 0.2
        puzzle_emb_lr: 1e-2
        seed: 0
        ema: True
        ema_rate: 0.99
        freeze_weights: False

        """;

    public const string Hrm = """
        name: hrm.hrm_act_v1@HierarchicalReasoningModel_ACTV1
        loss:
          name: losses@ACTLossHead
          loss_type: stablemax_cross_entropy
        halt_exploration_prob: 0.1
        halt_max_steps: 16
        H_cycles: 2
        L_cycles: 2
        H_layers: 4
        L_layers: 4
        hidden_size: 512
        num_heads: 8 # min(2, hidden_size // 64)
        expansion: 4
        puzzle_emb_ndim: ${.hidden_size}
        pos_encodings: rope

        """;

    public const string Trm = """
        name: recursive_reasoning.trm@TinyRecursiveReasoningModel_ACTV1
        loss:
          name: losses@ACTLossHead
          loss_type: stablemax_cross_entropy
        halt_exploration_prob: 0.1
        halt_max_steps: 16
        H_cycles: 3
        L_cycles: 6
        H_layers: 0
        L_layers: 2
        hidden_size: 512
        num_heads: 8
        expansion: 4
        puzzle_emb_ndim: ${.hidden_size}
        pos_encodings: rope
        forward_dtype: bfloat16
        mlp_t: False
        puzzle_emb_len: 16
        no_ACT_continue: True

        """;

    public const string Transformer = """
        name: recursive_reasoning.transformers_baseline@Model_ACTV2
        loss:
          name: losses@ACTLossHead
          loss_type: stablemax_cross_entropy
        halt_exploration_prob: 0.1
        halt_max_steps: 16
        act_enabled: True
        act_inference: False
        H_cycles: 1
        H_layers: 8
        hidden_size: 512
        num_heads: 12
        expansion: 4
        puzzle_emb_ndim: ${.hidden_size}
        pos_encodings: rope

        """;

    /// <summary>dataset.json of the sizes that the golden fixtures have.</summary>
    public const string Dataset = """
        {"pad_id": 0, "ignore_label_id": 0, "blank_identifier_id": 0, "vocab_size": 11, "seq_len": 16,
         "num_puzzle_identifiers": 7, "total_groups": 4, "mean_puzzle_examples": 1.0, "sets": ["all"]}
        """;

    public static string Of(string family) => family switch
    {
        "hrm_v1" => Hrm,
        "transformers_baseline" => Transformer,
        _ => Trm.Replace("recursive_reasoning.trm@", $"recursive_reasoning.{family}@", StringComparison.Ordinal),
    };
}
