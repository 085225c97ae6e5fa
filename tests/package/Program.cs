using Consumer;
using HrmGen.Data;

// A spec compiled by the package's generator trains one step on the package's libtorch.
using var model = new Tiny();
using var step = new TinyTrainingStep(model);
using var batch = PuzzleBatch.Create(new int[4, 16], new int[4, 16]);
var loss = step.Step(batch).Losses.loss.item<double>();
Console.WriteLine($"{HrmModels.All.Count} model, {Tiny.Parameters} parameters, loss {(double.IsFinite(loss) ? "finite" : "not finite")}");
return double.IsFinite(loss) ? 0 : 1;
