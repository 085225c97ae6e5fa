namespace HrmGen.Training;

/// <summary>How the rows of a batch come by their examples (data.refill).</summary>
public enum RefillMode
{
    /// <summary>A batch is drawn at every step; rows that have not halted discard their example of it. So the official loop does, and so epochs count.</summary>
    Offered,

    /// <summary>A row that has halted takes the next example of the queue, the others take none: no example is lost, and an epoch lasts longer.</summary>
    Queue,
}
