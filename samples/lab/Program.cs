using HrmGen.Lab;

// Your own models: reference this project and pass your compilation's registry beside, or instead of, the repository's.
return await LabApplication.RunAsync(args, HrmGen.Specs.HrmModels.All);
