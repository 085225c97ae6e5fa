using HrmGen.Lab.Models;
using HrmGen.Models;

namespace HrmGen.Lab.Runs;

/// <summary>A trained model to look at: the model, its puzzles, its weights.</summary>
/// <param name="Entry">The model.</param>
/// <param name="Data">The data set's folder.</param>
/// <param name="Checkpoint">As <c>--checkpoint</c> takes it; null for an untrained model.</param>
internal sealed record RunSubject(ModelEntry Entry, DirectoryInfo Data, string? Checkpoint)
{
    /// <summary>What a word means: the folder of a training run, which says all three, or a model, for which the options say the rest.</summary>
    /// <param name="word">The folder or the model.</param>
    /// <param name="data"><c>--data</c>, which comes before what the run says.</param>
    /// <param name="checkpoint"><c>--checkpoint</c>, likewise.</param>
    /// <param name="models">The models that there are.</param>
    /// <exception cref="HrmGenException">The folder holds no run, its run.json is damaged or names what is not there; or a model comes without data.</exception>
    public static RunSubject Find(string word, DirectoryInfo? data, string? checkpoint, ModelCatalog models)
    {
        // runs/sudoku4 also ends like the path of a spec: a folder with a run in it is meant as one.
        if (RunFolder.IsRun(word) || (Directory.Exists(word) && !models.Knows(word)))
        {
            return Of(RunFolder.Open(word), data, checkpoint, models);
        }

        var entry = models.Find(word);
        return new(entry, data ?? throw new HrmGenException($"{word} is a model: say with --data which puzzles to look at, or name the folder of a training run, which knows its own"), checkpoint);
    }

    private static RunSubject Of(RunFolder run, DirectoryInfo? data, string? checkpoint, ModelCatalog models)
    {
        var name = run.Field("model");
        if (!models.Knows(name))
        {
            throw new HrmGenException($"{run.Path}: the run is one of '{name}', and there is no such model here ('hrmgen models' lists those that there are); restore its spec {run.Field("spec")}");
        }

        var recorded = run.Field("data");
        return data is null && !Directory.Exists(recorded)
            ? throw new HrmGenException($"{run.Path}: the run's data set was in '{recorded}', where nothing is now; say with --data where it is")
            : new(models.Find(name), data ?? new(recorded), checkpoint ?? run.Path);
    }
}
