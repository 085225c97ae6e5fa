using System.Text;

namespace HrmGen.Data.Builders;

/// <summary>
/// Writes a data set in the official on-disk format (the builders in <c>dataset/</c> of the HRM and TRM repositories), whole or not at
/// all: into a temporary folder beside the target, renamed by <see cref="Commit"/>. Disposing without that leaves nothing behind.
/// </summary>
public sealed class PuzzleFolderWriter : IDisposable
{
    private static readonly string[] OwnFiles = ["identifiers.json", "test_puzzles.json"];

    private readonly string _target;
    private readonly string _temporary;
    private bool _done;

    private PuzzleFolderWriter(string target, string temporary) => (_target, _temporary) = (target, temporary);

    /// <summary>The folder that <see cref="Commit"/> puts in place.</summary>
    public string Target => _target;

    /// <summary>Begins a data set.</summary>
    /// <param name="directory">The folder to write; folders above it are made.</param>
    /// <param name="overwrite">Whether a data set that is there may be replaced.</param>
    /// <exception cref="HrmGenException">
    /// The folder is there and not empty, and <paramref name="overwrite"/> is false or it holds files that no builder writes; or it cannot
    /// be made.
    /// </exception>
    public static PuzzleFolderWriter Create(string directory, bool overwrite)
    {
        ArgumentNullException.ThrowIfNull(directory);
        if (string.IsNullOrWhiteSpace(directory) || directory.Contains('\0', StringComparison.Ordinal))
        {
            throw new HrmGenException($"'{directory}' names no folder to write to. Give the folder of the new data set, such as data/sudoku.");
        }

        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        RequireReplaceable(target, overwrite);
        string temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        OutputFile.Guard(target, () => Directory.CreateDirectory(temporary));
        return new PuzzleFolderWriter(target, temporary);
    }

    /// <summary>Begins a split; dispose of it before <see cref="Commit"/>.</summary>
    /// <param name="name">Its folder: <c>train</c> or <c>test</c>.</param>
    /// <param name="format">What its arrays are like.</param>
    public PuzzleSplitWriter BeginSplit(string name, PuzzleSplitFormat format)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(format);
        return OutputFile.Guard(
            _target, () => new PuzzleSplitWriter(Path.Combine(_temporary, name), Path.Combine(_target, name), name, format));
    }

    /// <summary>Writes <c>identifiers.json</c>: the name of every puzzle identifier, the blank one first.</summary>
    public void WriteIdentifiers(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        WriteText("identifiers.json", writer => PythonJson.WriteTexts(writer, names));
    }

    /// <summary>Writes a text file of the data set.</summary>
    /// <param name="name">Its path in the folder.</param>
    /// <param name="write">Writes the text.</param>
    internal void WriteText(string name, Action<TextWriter> write) => OutputFile.Guard(Path.Combine(_target, name), () =>
    {
        string path = Path.Combine(_temporary, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
        write(writer);
        writer.Flush();
        stream.Flush(flushToDisk: true);
    });

    /// <summary>Puts the finished folder in place of whatever data set was there.</summary>
    /// <exception cref="HrmGenException">It cannot be renamed; the old folder is then still there.</exception>
    public void Commit() => OutputFile.Guard(_target, () =>
    {
        string old = $"{_target}.{Guid.NewGuid():N}.old";
        bool replaces = Directory.Exists(_target);
        if (replaces)
        {
            Directory.Move(_target, old);
        }

        try
        {
            Directory.Move(_temporary, _target);
            _done = true;
        }
        catch when (replaces)
        {
            Directory.Move(old, _target);
            throw;
        }

        if (replaces)
        {
            Directory.Delete(old, recursive: true);
        }
    });

    /// <summary>Deletes what was not committed.</summary>
    public void Dispose()
    {
        try
        {
            if (!_done && Directory.Exists(_temporary))
            {
                Directory.Delete(_temporary, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What made the build fail matters more than the litter.
        }
    }

    private static void RequireReplaceable(string target, bool overwrite)
    {
        if (File.Exists(target))
        {
            throw new HrmGenException($"{target}: this is a file. Give the name of a new folder.");
        }

        if (!Directory.Exists(target))
        {
            return;
        }

        string[] entries = OutputFile.Guard(target, () => Directory.GetFileSystemEntries(target));
        if (entries.Length == 0)
        {
            return;
        }

        if (!overwrite)
        {
            throw new HrmGenException($"{target}: the folder exists and is not empty. Choose another, or ask for it to be overwritten.");
        }

        // Nobody should lose a home directory to a slip of the keyboard.
        if (entries.FirstOrDefault(entry => !IsOwn(entry)) is { } foreign)
        {
            throw new HrmGenException(
                $"{target}: it holds '{Path.GetFileName(foreign)}', which is no part of a data set, so it is not overwritten. " +
                "Choose another folder, or delete it yourself.");
        }
    }

    private static bool IsOwn(string entry) => Directory.Exists(entry)
        ? File.Exists(Path.Combine(entry, "dataset.json")) || Path.GetFileName(entry) == GeneratedTable.Folder
        : OwnFiles.Contains(Path.GetFileName(entry));
}
