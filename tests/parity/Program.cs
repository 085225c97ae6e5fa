System.Console.WriteLine(HrmGen.Parity.HrmModels.All.Count);
