using HrmGen.Kernels;
using static TorchSharp.torch;

namespace HrmGen.Fused;

/// <summary>The memory of some examples in one pass: what layers work in, and what a recorded pass keeps for its backward.</summary>
/// <remarks>Torch's allocator holds it. Nothing is allocated once a pass of the same kind has run.</remarks>
internal sealed unsafe class FusedWorkspace<T>(FusedPlan<T> plan, long batch)
    where T : unmanaged
{
    private readonly List<List<(Tensor Tensor, nint Data)>> memory = [];
    private readonly List<(Tensor Tensor, nint Data)> temporaries = [];
    private readonly nint[] weights = new nint[plan.Weights.Count];
    private FusedGradients<T>? gradients;
    private int temporary;
    private int layer;
    private int state;
    private int norm;

    public long Batch { get; } = batch;

    /// <summary>Rows of a latent: examples times positions.</summary>
    public long Count => Batch * plan.Positions;

    public bool IsFirst { get; private set; }

    /// <summary>
    /// Whether the rows of a position lie together, [positions, examples, hidden_size] and not [examples, positions, hidden_size]: what
    /// mixes positions then is one product for all examples, and its weights have one gradient.
    /// </summary>
    public bool PositionsFirst { get; private set; }

    /// <summary>Matrices of <see cref="Columns"/> columns, one row a position, that the examples make.</summary>
    public int Mixtures => PositionsFirst ? 1 : checked((int)Batch);

    /// <summary>Numbers of a position in one of <see cref="Mixtures"/>.</summary>
    public int Columns => PositionsFirst ? checked((int)Batch * plan.HiddenSize) : plan.HiddenSize;

    /// <summary>Whether layers keep what their backward reads.</summary>
    public bool Records { get; set; }

    /// <summary>What a part of a layer gives.</summary>
    public Rows<T> Part => Latent(plan.Part, 0);

    public FusedPlan<T> Plan => plan;

    /// <summary>Bytes that layers have asked for; what statements use for a moment not counted.</summary>
    public long LayerBytes => memory.SelectMany((places, slot) => places.Select(_ => Batch * plan.Sizes[slot] * sizeof(T))).Sum();

    /// <summary>Makes ready for a pass.</summary>
    /// <param name="isFirst">Whether these are the first examples, which stand for all in counts.</param>
    /// <param name="positionsFirst">See <see cref="PositionsFirst"/>.</param>
    public void Begin(bool isFirst, bool positionsFirst)
    {
        (IsFirst, PositionsFirst) = (isFirst, positionsFirst);
        (temporary, layer, state, norm, Records) = (0, 0, 0, 0, false);
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = (nint)plan.WeightData(i);
        }
    }

    /// <summary>The memory of a name; a recorded layer has its own by its place among the recorded ones, all others share that of place 0.</summary>
    public T* this[int slot, int at]
    {
        get
        {
            while (memory.Count <= slot)
            {
                memory.Add([]);
            }

            while (memory[slot].Count <= at)
            {
                memory[slot].Add(Allocate(Batch * plan.Sizes[slot]));
            }

            return (T*)memory[slot][at].Data;
        }
    }

    /// <summary>Memory in the shape of a latent.</summary>
    public Rows<T> Latent(int slot, int at) => new(this[slot, at], Count * plan.HiddenSize);

    /// <summary>Memory in the shape of a latent that stays the caller's until the pass ends.</summary>
    public Rows<T> Temporary()
    {
        if (temporaries.Count == temporary)
        {
            temporaries.Add(Allocate(Count * plan.HiddenSize));
        }

        return new((T*)temporaries[temporary++].Data, Count * plan.HiddenSize);
    }

    /// <summary>Makes ready for the backward.</summary>
    /// <param name="sums">Takes the gradients of the weights.</param>
    public void BeginBackward(FusedGradients<T> sums) => (temporary, gradients) = (0, sums);

    /// <summary>The next layer's place among the recorded ones.</summary>
    public int NextLayer() => Records ? layer++ : 0;

    /// <summary>The place of the last layer that has no backward yet.</summary>
    public int LastLayer() => --layer;

    /// <summary>The place of the next norm behind a network.</summary>
    public int NextNorm() => norm++;

    /// <summary>The place of the last such norm that has no backward yet.</summary>
    public int LastNorm() => --norm;

    /// <summary>The next recorded state's place.</summary>
    public int NextState() => state++;

    /// <summary>The place of the last state that has no backward yet.</summary>
    public int LastState() => --state;

    /// <summary>A weight, row by row: outputs by inputs.</summary>
    public Matrix<T> Weight(int weight) => new((T*)weights[weight], (int)plan.Weights[weight].weight.size(1));

    /// <summary>Adds dᵀ · input to a weight's gradient.</summary>
    /// <param name="weight">Which one.</param>
    /// <param name="d">The gradient of the outputs, row by row.</param>
    /// <param name="input">The inputs, row by row.</param>
    /// <param name="rows">Rows of both.</param>
    public void Learn(int weight, Matrix<T> d, Matrix<T> input, int rows) => gradients!.Add(weight, rows, d.Turned, input);

    /// <summary>Adds d · inputᵀ to a weight's gradient.</summary>
    /// <param name="weight">Which one.</param>
    /// <param name="d">The gradient of the outputs, output by output.</param>
    /// <param name="input">The inputs, input by input.</param>
    /// <param name="columns">Columns of both.</param>
    public void LearnTurned(int weight, Matrix<T> d, Matrix<T> input, int columns) => gradients!.Add(weight, columns, d, input.Turned);

    private static (Tensor Tensor, nint Data) Allocate(long count)
    {
        var tensor = empty(count, dtype: TorchCpu.TypeOf<T>()).DetachFromDisposeScope();
        return (tensor, (nint)TorchCpu.Data<T>(tensor));
    }
}
