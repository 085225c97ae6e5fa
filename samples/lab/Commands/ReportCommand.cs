using System.CommandLine;
using HrmGen.Lab.Pages;

namespace HrmGen.Lab.Commands;

/// <summary><c>hrmgen report</c>: a run's curves as a page.</summary>
internal static class ReportCommand
{
    public static Command Create(LabHost host)
    {
        var run = new Argument<DirectoryInfo>("run") { Description = "A run's folder: it holds metrics.csv." };
        var output = new Option<FileInfo?>("--output") { Description = "The page; report.html in the run's folder by default." };
        var command = new Command("report", "Write a page with a chart of every column of a run's metrics.") { run, output };
        host.Action(command, (arguments, _) =>
        {
            var folder = arguments.GetRequiredValue(run);
            var table = MetricsTable.Read(Path.Combine(folder.FullName, "metrics.csv"));
            var page = arguments.GetValue(output) ?? new FileInfo(Path.Combine(folder.FullName, "report.html"));
            PageTemplate.Save(page, ReportPage.Html(folder.Name, table));
            host.Output.WriteLine($"wrote {page}");
            return 0;
        });
        return command;
    }
}
