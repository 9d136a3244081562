using System.CommandLine;
using System.Globalization;
using CrossProvince.Targets;

namespace CrossProvince.Benchmarks.Targets;

/// <summary>The verb <c>results</c>: makes the page of results, and the tables of the two README files, from what was measured.</summary>
internal static class ResultsCommand
{
    private const string RunsTitle = "## Runs of whole nodes";

    private static readonly Option<FileInfo[]> s_lines = new("--lines") { Description = "files of figures, as 'targets' and the load driver write them", HelpName = "FILES", Required = true, AllowMultipleArgumentsPerToken = true };
    private static readonly Option<FileInfo?> s_runs = new("--runs") { Description = "the load driver's tables, for the page", HelpName = "FILE" };
    private static readonly Option<bool> s_keep = new("--keep") { Description = "keeps what the page has of targets that were not measured now" };
    private static readonly Option<string[]> s_require = new("--require") { Description = "targets that must be held: exit code 1 if one was missed or not measured", HelpName = "TARGETS", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    private static readonly Option<DirectoryInfo> s_folder = new("--folder") { Description = "where the page goes, with a JSON file beside it", HelpName = "DIR", Required = true };
    private static readonly Option<FileInfo?> s_readme = new("--readme") { Description = "README in English whose table is made anew", HelpName = "FILE" };
    private static readonly Option<FileInfo?> s_readmeZh = new("--readme-zh") { Description = "README in Chinese whose table is made anew", HelpName = "FILE" };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var command = new Command("results", "Makes the page of results and the tables of the README files.") { s_lines, s_runs, s_keep, s_folder, s_readme, s_readmeZh, s_require };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var results = new Results
        {
            Processor = ProcessorName(),
            Processors = Environment.ProcessorCount,
            Date = DateOnly.FromDateTime(DateTime.UtcNow),
            Runtime = Environment.Version.ToString(),
            Lines = [.. parsed.GetRequiredValue(s_lines).SelectMany(file => TargetFile.Read(file.FullName)).OrderBy(line => line.Target, StringComparer.Ordinal)],
        };
        var folder = parsed.GetRequiredValue(s_folder);
        folder.Create();
        var measured = results.Lines;
        var (data, page) = (Path.Combine(folder.FullName, $"{results.FileName}.json"), Path.Combine(folder.FullName, $"{results.FileName}.md"));
        var runs = parsed.GetValue(s_runs) is { } file ? File.ReadAllText(file.FullName) : "";
        if (parsed.GetValue(s_keep) && File.Exists(data) && File.Exists(page))
        {
            results = results.With(Results.Read(data));
            var kept = File.ReadAllText(page);
            runs = runs.Length > 0 ? runs : kept[(kept.IndexOf(RunsTitle, StringComparison.Ordinal) + RunsTitle.Length)..].Trim();
        }

        results.Write(data);
        File.WriteAllText(page, Page(results, runs));
        Put(parsed.GetValue(s_readme), results, chinese: false);
        Put(parsed.GetValue(s_readmeZh), results, chinese: true);
        return TargetFile.ExitCode(measured, parsed.GetRequiredValue(s_require), Console.Error);
    }

    private static string Page(Results results, string runs) => string.Create(CultureInfo.InvariantCulture, $"""
        # {results.Processor}

        Written by eng/bench.sh and eng/scale.sh on {results.Date:yyyy-MM-dd}: {results.Processors} processors, .NET {results.Runtime}. Each figure and its baseline were taken in turns in one run. Times drift from machine to
        machine and from hour to hour: read the ratios. benchmarks/README.md says what is compared with what.

        ## Targets

        {Tables.Page(results)}

        {string.Join('\n', Tables.Notes(results))}

        {RunsTitle}

        {(runs.Length > 0 ? runs.TrimEnd() : "Not measured: PostgreSQL or Redis was not there.")}

        """);

    private static void Put(FileInfo? readme, Results results, bool chinese)
    {
        if (readme is not null)
        {
            File.WriteAllText(readme.FullName, Tables.PutInto(File.ReadAllText(readme.FullName), results, chinese));
        }
    }

    private static string ProcessorName()
    {
        const string Field = "model name";
        var file = new FileInfo("/proc/cpuinfo");
        return (file.Exists ? File.ReadLines(file.FullName).FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal)) : null)?.Split(':', 2)[1].Trim()
            ?? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
    }
}
