using HrmGen.Data;

namespace HrmGen.Tests.Data;

public sealed class RandomStreamTests
{
    [Fact]
    public void The_generator_is_xoshiro256_star_star()
    {
        // The first numbers of the authors' C program from the state 1, 2, 3, 4.
        var random = new RandomStream(seed: 0) { State = (1, 2, 3, 4) };

        Assert.Equal([11520UL, 0UL, 1509978240UL, 1215971899390074240UL], Enumerable.Range(0, 4).Select(_ => random.NextBits()));
    }

    [Fact]
    public void Seeds_and_streams_give_fixed_and_different_numbers()
    {
        ulong[] first = [.. from seed in Enumerable.Range(-50, 100) from stream in Enumerable.Range(0, 20) select new RandomStream(seed, stream).NextBits()];

        Assert.Equal(first.Length, first.Distinct().Count());
        Assert.Equal(new RandomStream(5, 6).State, new RandomStream(5, 6).State);
        Assert.Throws<ArgumentException>(() => new RandomStream(1) { State = default });
    }

    [Fact]
    public void Numbers_below_a_limit_are_even_and_choices_are_without_repetition()
    {
        var random = new RandomStream(seed: 1);
        int[] counts = new int[7];
        int[] firsts = new int[5];
        for (int i = 0; i < 7000; i++)
        {
            counts[random.NextBelow(7)]++;
            int[] items = [0, 1, 2, 3, 4];
            random.Draw(items.AsSpan(), 2);
            firsts[items[0]]++;
            firsts[items[1]]++;
            Assert.Equal([0, 1, 2, 3, 4], items.Order());
            Assert.InRange(random.NextDouble(), 0, 0.9999999999999999);
        }

        Assert.All(counts, count => Assert.InRange(count, 880, 1120));
        Assert.All(firsts, count => Assert.InRange(count, 2600, 3000));
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Equal(0, random.NextBelow(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextBelow(0));
    }
}
