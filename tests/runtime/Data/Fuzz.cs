namespace HrmGen.Tests.Data;

/// <summary>Feeds a reader damaged copies of a valid file, from a fixed seed.</summary>
internal static class Fuzz
{
    // Far more than reading any of the small files takes (the first read of a kind also fills caches).
    private const long AllocationLimit = 4 << 20;

    /// <summary>
    /// Demands of every damaged copy that it is read, or refused with a HrmGenException that says something, and that neither
    /// allocates much. Some must be refused, or nothing was tried.
    /// </summary>
    /// <param name="limit">Only the first bytes of the file are damaged; cutting may happen anywhere.</param>
    /// <param name="allocationLimit">Bytes that reading one copy may allocate.</param>
    /// <returns>How many were refused.</returns>
    public static int Run(int seed, int count, byte[] valid, int limit, Action<byte[]> read, long allocationLimit = AllocationLimit)
    {
        var random = new Random(seed);
        int refused = 0;
        read(valid);
        for (int i = 0; i < count; i++)
        {
            byte[] mutated = Mutate(random, valid, limit);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(mutated);
            }
            catch (HrmGenException e)
            {
                refused++;
                Assert.True(e.Message.Length is > 40 and < 10_000, e.Message);
            }
            catch (Exception e)
            {
                Assert.Fail($"mutation {i} of seed {seed}: {e}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < allocationLimit, $"mutation {i} of seed {seed} allocated {allocated} bytes");
        }

        Assert.True(refused > count / 10, $"only {refused} of {count} were refused");
        return refused;
    }

    private static byte[] Mutate(Random random, byte[] valid, int limit)
    {
        var bytes = new List<byte>(valid);
        for (int edits = random.Next(1, 4); edits > 0; edits--)
        {
            int at = random.Next(Math.Min(limit, bytes.Count));
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at));
                    break;
                case 3:
                    bytes.InsertRange(at, Enumerable.Range(0, random.Next(1, 9)).Select(_ => (byte)random.Next(256)));
                    break;
                case 4:
                    // Longer numbers, deeper nesting, keys that come twice.
                    int from = random.Next(Math.Min(limit, bytes.Count));
                    bytes.InsertRange(at, bytes.GetRange(from, Math.Min(random.Next(1, 24), bytes.Count - from)));
                    break;
                default:
                    char[] interesting = ['9', '-', '0', '{', '}', '[', ']', '"', '\\', ',', ':', ' ', 'e', '.', '\''];
                    bytes[at] = (byte)interesting[random.Next(interesting.Length)];
                    break;
            }

            if (bytes.Count == 0)
            {
                bytes.Add(0);
            }
        }

        if (random.Next(10) == 0)
        {
            int length = random.Next(bytes.Count);
            bytes.RemoveRange(length, bytes.Count - length);
        }

        return [.. bytes];
    }
}
