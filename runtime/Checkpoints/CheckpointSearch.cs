namespace HrmGen.Checkpoints;

/// <summary>A checkpoint that cannot be used.</summary>
/// <param name="Path">Its folder.</param>
/// <param name="Reason">Why, as a sentence.</param>
public sealed record RefusedCheckpoint(string Path, string Reason);

/// <summary>What a search for a whole checkpoint found.</summary>
/// <param name="Found">The first that is whole, its checksums verified; null where there is none.</param>
/// <param name="Refused">Those that would have come before it, and are damaged.</param>
public sealed record CheckpointSearch(Checkpoint? Found, IReadOnlyList<RefusedCheckpoint> Refused)
{
    internal static CheckpointSearch First(IEnumerable<string> paths)
    {
        var refused = new List<RefusedCheckpoint>();
        foreach (var path in paths)
        {
            try
            {
                return new(Checkpoint.Read(path, verify: true), refused);
            }
            catch (HrmGenException e)
            {
                refused.Add(new(path, e.Message));
            }
        }

        return new(null, refused);
    }
}
