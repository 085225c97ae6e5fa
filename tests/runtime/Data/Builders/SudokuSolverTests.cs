using HrmGen.Data;
using HrmGen.Data.Builders;

namespace HrmGen.Tests.Data.Builders;

public sealed class SudokuSolverTests
{
    [Fact]
    public void Solutions_are_counted_as_the_slow_solver_counts_them()
    {
        var random = new Random(5);
        var solver = new SudokuSolver(new SudokuSize(2));
        int[] seen = new int[3];
        foreach ((byte[] question, byte[] answer) in BuilderFiles.Boards(PuzzleFiles.Official("sudoku4/official-50-aug-7"), "train"))
        {
            // Clues more or fewer, and one that may be wrong: boards of no, one and several solutions.
            byte[] board = [.. question];
            board[random.Next(16)] = 1;
            int changed = random.Next(16);
            board[changed] = random.Next(2) == 0 ? answer[changed] : (byte)random.Next(2, 6);
            int expected = SudokuReference.Solutions(board);
            seen[expected]++;
            Assert.Equal(expected, solver.Count(board, 2));
        }

        Assert.All(seen, count => Assert.True(count > 20));
    }

    [Theory]
    [InlineData("sudoku9/official-25-aug-7", 3)]
    [InlineData("sudoku4/official-50-aug-7", 2)]
    public void Published_puzzles_have_their_answer_as_the_only_solution(string folder, int box)
    {
        var solver = new SudokuSolver(new SudokuSize(box));
        foreach ((byte[] question, byte[] answer) in BuilderFiles.Boards(PuzzleFiles.Official(folder), "train"))
        {
            byte[] solution = new byte[answer.Length];
            Assert.Equal(1, solver.Count(question, 2, solution));
            Assert.Equal(answer, solution);
        }
    }

    [Fact]
    public void Forms_are_equal_for_images_and_differ_between_puzzles()
    {
        var random = new RandomStream(8);
        foreach ((string folder, int box) in new[] { ("sudoku9/official-25-aug-7", 3), ("sudoku4/official-50-aug-7", 2) })
        {
            var size = new SudokuSize(box);
            var forms = new SudokuCanonicalForm(size);
            var boards = BuilderFiles.Boards(PuzzleFiles.Official(folder), "train");
            List<string> found = [.. boards.Select(board => forms.Of(board.Question, board.Answer))];
            Assert.All(found.Chunk(8), group => Assert.Single(group.Distinct()));

            byte[] question = new byte[size.Cells];
            byte[] answer = new byte[size.Cells];
            for (int i = 0; i < boards.Count; i += 8)
            {
                SudokuTransform transform = SudokuTransform.Random(size, random);
                transform.Apply(boards[i].Question, question);
                transform.Apply(boards[i].Answer, answer);
                Assert.Equal(found[i], forms.Of(question, answer));

                // One clue fewer is another puzzle on the same grid.
                question[Array.FindIndex(question, token => token > 1)] = 1;
                string other = forms.Of(question, answer);
                Assert.NotEqual(found[i], other);
                Assert.Equal(forms.GridOf(found[i]), forms.GridOf(other));
            }

            Assert.Equal(box == 3 ? 25 : 2, found.Select(forms.GridOf).Distinct().Count());
        }
    }
}
