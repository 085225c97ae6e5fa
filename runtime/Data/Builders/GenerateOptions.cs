namespace HrmGen.Data.Builders;

/// <summary>What every generator needs to know.</summary>
public abstract record GenerateOptions : DatasetOptions
{
    /// <summary>Training puzzles.</summary>
    public int Train { get; init; } = 1000;

    /// <summary>Test puzzles; none is an image of a training puzzle under a symmetry of the task, nor of another test puzzle.</summary>
    public int Test { get; init; } = 100;
}

/// <summary>Sudokus to generate.</summary>
public sealed record SudokuGenerateOptions : GenerateOptions
{
    /// <summary>Rows and columns: 4 or 9.</summary>
    public int Side { get; init; } = 9;

    /// <summary>Fewest clues; null for 4 (4x4) or 24 (9x9). Each puzzle aims at a number between the two bounds.</summary>
    public int? MinClues { get; init; }

    /// <summary>Most clues; null for 9 (4x4) or 32 (9x9).</summary>
    public int? MaxClues { get; init; }

    /// <summary>Fewest guesses that <see cref="SudokuSolver"/> needs to show that the solution is unique; 0 takes every puzzle.</summary>
    public int MinDifficulty { get; init; }
}

/// <summary>How mazes are made.</summary>
public enum MazeStyle
{
    /// <summary>30 to 50 % of the cells are walls, at random: wide, with short paths.</summary>
    Scattered,

    /// <summary>Winding corridors with a few loops: long paths at any size.</summary>
    Carved,
}

/// <summary>Mazes to generate.</summary>
public sealed record MazeGenerateOptions : GenerateOptions
{
    /// <summary>Rows and columns, 3 to 100.</summary>
    public int Side { get; init; } = 8;

    /// <summary>Fewest moves from start to goal; null for as many as a side has cells.</summary>
    public int? MinLength { get; init; }

    /// <summary>How the mazes are made.</summary>
    public MazeStyle Style { get; init; }
}
