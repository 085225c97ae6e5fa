using System.Text.Json;
using HrmGen.Data.Builders;

namespace HrmGen.Tests.Data.Builders;

/// <summary>The official functions for stated draws.</summary>
public sealed class GoldenDrawsTests
{
    [Fact]
    public void Sudoku_shuffles_are_the_official_ones()
    {
        foreach (JsonElement item in BuilderFiles.Golden("sudoku_shuffle"))
        {
            var transform = new SudokuTransform(
                Integers(item, "digit_map"), item.GetProperty("transpose").GetBoolean(), Integers(item, "row_perm"), Integers(item, "col_perm"));
            foreach (string board in new[] { "question", "answer" })
            {
                byte[] image = new byte[81];
                transform.Apply([.. item.GetProperty(board).GetString()!.Select(c => (byte)(c == '.' ? 1 : c - '0' + 1))], image);
                Assert.Equal(item.GetProperty("aug_" + board).GetString(), PuzzleFiles.Sudoku(image.Select(t => (int)t)));
            }
        }
    }

    [Fact]
    public void Dihedral_images_are_the_official_ones_and_their_inverses_undo_them()
    {
        foreach (JsonElement item in BuilderFiles.Golden("dihedral"))
        {
            ArcGrid grid = Grid(item, "grid");
            int transform = item.GetProperty("tid").GetInt32();
            byte[] image = new byte[grid.Cells.Length];
            (int rows, int columns) = Dihedral.Apply(transform, grid.Cells, grid.Rows, grid.Columns, image);
            Assert.Equal(Grid(item, "out"), new ArcGrid(rows, columns, image));

            byte[] back = new byte[image.Length];
            (rows, columns) = Dihedral.Apply(Dihedral.Inverse(transform), image, rows, columns, back);
            Assert.Equal(grid, new ArcGrid(rows, columns, back));
        }
    }

    [Fact]
    public void Arc_augmentations_names_and_hashes_are_the_official_ones()
    {
        foreach (JsonElement item in BuilderFiles.Golden("arc_aug"))
        {
            string name = item.GetProperty("aug_name").GetString()!;
            (string task, ArcAugmentation augmentation) = ArcAugmentation.Parse(name);
            ArcGrid grid = Grid(item, "grid");
            ArcGrid image = augmentation.Apply(grid);

            Assert.Equal(item.GetProperty("name").GetString(), task);
            Assert.Equal(name, augmentation.NameOf(task));
            Assert.Equal(Grid(item, "aug_grid"), image);
            Assert.Equal(grid, augmentation.Undo(image));
            Assert.Equal(item.GetProperty("grid_hash").GetString(), grid.Hash());
            Assert.Equal(item.GetProperty("aug_grid_hash").GetString(), image.Hash());
        }
    }

    [Fact]
    public void Arc_sequences_are_the_official_ones_and_crop_back_from_the_corner()
    {
        foreach (JsonElement item in BuilderFiles.Golden("arc_sequence"))
        {
            (int top, int left) = (item.GetProperty("pad_r").GetInt32(), item.GetProperty("pad_c").GetInt32());
            foreach (string side in new[] { "input", "output" })
            {
                byte[] tokens = new byte[ArcSequence.Length];
                tokens.AsSpan().Fill(9);
                ArcSequence.Encode(Grid(item, side), top, left, tokens);
                Assert.Equal(Integers(item, side + "_seq"), tokens.Select(t => (int)t));

                ArcSequence.Encode(Grid(item, side), 0, 0, tokens);
                Assert.Equal(Grid(item, side), ArcSequence.Crop([.. tokens.Select(t => (int)t)]));
            }
        }
    }

    [Fact]
    public void A_sequence_crops_to_its_largest_rectangle_of_colours()
    {
        int[] tokens = new int[ArcSequence.Length];
        Assert.Null(ArcSequence.Crop(tokens));
        // Two rows of three, then two of two with a colour beyond: 2 x 3 and 3 x 2 are equal, 4 x 2 is larger.
        tokens.AsSpan(0, 3).Fill(2);
        tokens.AsSpan(30, 3).Fill(3);
        tokens.AsSpan(60, 2).Fill(4);
        Assert.Equal(new ArcGrid(2, 3, [0, 0, 0, 1, 1, 1]), ArcSequence.Crop(tokens));
        tokens.AsSpan(90, 2).Fill(11);
        tokens[92] = 12;
        Assert.Equal(new ArcGrid(4, 2, [0, 0, 1, 1, 2, 2, 9, 9]), ArcSequence.Crop(tokens));
    }

    [Theory]
    [InlineData("0a1b2c3d", "0a1b2c3d", "0a1b2c3d|||t0|||0123456789")]
    [InlineData("0a1b2c3d_t5_0213456789", "0a1b2c3d", "0a1b2c3d|||t5|||0213456789")]
    [InlineData("AboveBelow_1_t5_0213456789", "AboveBelow_1", "AboveBelow_1|||t5|||0213456789")]
    [InlineData("a_t8_0213456789", "a_t8_0213456789", "a_t8_0213456789|||t0|||0123456789")]
    [InlineData("a_t5_0213456788", "a_t5_0213456788", "a_t5_0213456788|||t0|||0123456789")]
    public void Names_of_both_official_builders_are_understood(string name, string task, string again)
    {
        (string parsed, ArcAugmentation augmentation) = ArcAugmentation.Parse(name);

        Assert.Equal(task, parsed);
        Assert.Equal(again, augmentation.NameOf(parsed));
    }

    [Theory]
    [InlineData("a|||t8|||0123456789")]
    [InlineData("a|||t1|||0123456788")]
    [InlineData("a|||t1")]
    public void Names_with_separators_but_no_augmentation_are_refused(string name) =>
        Assert.Contains(name, Assert.Throws<HrmGenException>(() => ArcAugmentation.Parse(name)).Message, StringComparison.Ordinal);

    private static int[] Integers(JsonElement item, string key) => [.. item.GetProperty(key).EnumerateArray().Select(value => value.GetInt32())];

    private static ArcGrid Grid(JsonElement item, string key)
    {
        JsonElement rows = item.GetProperty(key);
        return new ArcGrid(
            rows.GetArrayLength(),
            rows[0].GetArrayLength(),
            [.. rows.EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(cell => cell.GetByte())]);
    }
}
