using HrmGen.Data.Builders;

namespace HrmGen.Tests.Data.Builders;

public sealed class GeneratedTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Training_takes_neither_classes_nor_families_of_the_test_split_nor_a_puzzle_twice()
    {
        // Question, class, family; the first two become the test split, as its second puzzle must be of another class than the first.
        var made = new Queue<(byte Question, string Class, string? Family)>(
            [(2, "a", "F"), (3, "a", "G"), (4, "b", null), (2, "a", null), (1, "c", "F"), (5, "d", "G"), (5, "d", "G"), (3, "e", null)]);
        var options = new SudokuGenerateOptions { Output = _folder.File("out"), Train = 2, Test = 2 };

        new GeneratedTable(options, Next, "Nothing helps.", null).Write(new PuzzleSplitFormat(1, 6, 1), "s", board => $"{board[0]}");

        Assert.Equal(["source,question,answer,rating", "s,2,2,0", "s,4,4,0"], File.ReadAllLines(_folder.File("out/csv/test.csv")));
        Assert.Equal(["source,question,answer,rating", "s,5,5,0", "s,3,3,0"], File.ReadAllLines(_folder.File("out/csv/train.csv")));

        GeneratedPuzzle? Next()
        {
            (byte question, string kind, string? family) = made.Dequeue();
            return new GeneratedPuzzle([question], [question], 0, kind, family);
        }
    }
}
