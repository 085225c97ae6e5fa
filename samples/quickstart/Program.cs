using HrmGen;
using HrmGen.Data;
using HrmGen.Training;
using Quickstart;
using static TorchSharp.torch;

// sudoku4.hrm.yaml is compiled into the classes Sudoku4 and Sudoku4TrainingStep when this project is built.
try
{
    var data = Path.Combine(AppContext.BaseDirectory, "data", "sudoku4");
    var (train, test) = (PuzzleDataset.Load(data, "train"), PuzzleDataset.Load(data, "test"));

    random.manual_seed(0);
    using var model = new Sudoku4();
    using var step = new Sudoku4TrainingStep(model);
    Display.Header(Sudoku4.Spec, train, test);

    var batches = new TrainingBatches(train, step.Options.BatchSize, seed: 0, augmentation: new SudokuDigitRelabelling(Sudoku4.vocab_size));
    var elapsed = Display.Train(report => Trainer.Run(step, batches, step.Options.TotalSteps!.Value, report));

    using (step.Ema!.Apply())
    {
        Display.Solve(model, test);
        var result = Evaluator.Evaluate(model, test);
        Display.Result(result, elapsed);
    }

    return 0;
}
catch (HrmGenException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
