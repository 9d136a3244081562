using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace CrossProvince.Cli.Demo;

/// <summary>Tells what happens as it happens, and at the end shows all of it in a table.</summary>
/// <param name="session">Where to.</param>
/// <param name="chapters">The parts that are run.</param>
/// <param name="expected">What the user expects of some steps instead of what they should give.</param>
internal sealed class DemoReport(Session session, IReadOnlySet<DemoChapter> chapters, IReadOnlyDictionary<string, string> expected)
{
    private readonly IAnsiConsole _screen = session.Json ? session.Progress : session.Screen;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Dictionary<string, Result> _results = [];

    /// <summary>Begins a part.</summary>
    internal void Begin(string zh, string en)
    {
        _screen.WriteLine();
        _screen.MarkupLine($"[bold]{Words.Plain(session.Say(zh, en))}[/]");
    }

    /// <summary>Says something that is no step.</summary>
    internal void Note(string zh, string en) => _screen.MarkupLine($"[grey]{Clock()}    {Words.Plain(session.Say(zh, en))}[/]");

    /// <summary>Draws a code, where there is a terminal to draw on.</summary>
    internal void Draw(string picture)
    {
        if (!session.Json && !Console.IsOutputRedirected)
        {
            session.Out.WriteLine(picture);
        }
    }

    /// <summary>Reports what came of a step.</summary>
    /// <param name="id">The step.</param>
    /// <param name="actual">What came of it.</param>
    /// <param name="took">How long it took.</param>
    internal void Add(string id, string actual, TimeSpan took)
    {
        var step = DemoStep.All.Single(s => s.Id == id);
        var result = new Result(step, expected.GetValueOrDefault(id, step.Expected), actual, took);
        lock (_results)
        {
            _results.Add(id, result);
            var missed = result.IsAsExpected ? "" : session.Say($"，应为 {result.Expected}", $", expected {result.Expected}");
            _screen.MarkupLine($"[grey]{Clock()}[/]  {Mark(result.IsAsExpected)} {Words.Plain(actual),-22} {Words.Plain(session.Language.Say(step.Title))}[red]{Words.Plain(missed)}[/] [grey]{Time(took)}[/]");
        }
    }

    /// <summary>Shows the table.</summary>
    /// <returns>Whether every step gave what was expected.</returns>
    internal bool Finish()
    {
        var results = DemoStep.All.Where(step => chapters.Contains(step.Chapter)).Select(step => _results[step.Id]).ToArray();
        if (session.Json)
        {
            foreach (var result in results)
            {
                session.Out.WriteLine(JsonSerializer.Serialize(
                    new { step = result.Step.Id, expected = result.Expected, actual = result.Actual, ok = result.IsAsExpected, seconds = Math.Round(result.Took.TotalSeconds, 3) },
                    JsonSerializerOptions.Web));
            }
        }
        else
        {
            ShowTable(results);
        }

        var wrong = results.Count(result => !result.IsAsExpected);
        _screen.MarkupLine(wrong == 0
            ? $"[bold green]✔ {session.Say($"{results.Length} 个步骤全部符合预期", $"All {results.Length} steps as expected")}{session.Say("，共", " in")} {Time(_clock.Elapsed)}[/]"
            : $"[bold red]✘ {session.Say($"{results.Length} 个步骤中 {wrong} 个不符合预期", $"{wrong} of {results.Length} steps not as expected")}[/]");
        return wrong == 0;
    }

    private void ShowTable(IEnumerable<Result> results)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey)
            .AddColumn("")
            .AddColumn(session.Say("步骤", "Step"))
            .AddColumn(session.Say("预期", "Expected"))
            .AddColumn(session.Say("实际", "Actual"))
            .AddColumn(new TableColumn(session.Say("用时", "Time")).RightAligned().NoWrap());
        DemoChapter? before = null;
        foreach (var result in results)
        {
            if (before is { } chapter && chapter != result.Step.Chapter)
            {
                table.AddEmptyRow();
            }

            before = result.Step.Chapter;
            table.AddRow(
                Mark(result.IsAsExpected),
                Words.Plain(session.Language.Say(result.Step.Title)),
                Words.Plain(result.Expected),
                result.IsAsExpected ? Words.Plain(result.Actual) : $"[red]{Words.Plain(result.Actual)}[/]",
                Time(result.Took));
        }

        _screen.WriteLine();
        _screen.Write(table);
    }

    private string Clock() => string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,6:0.0} s");

    private static string Mark(bool isGood) => isGood ? "[green]✔[/]" : "[red]✘[/]";

    private static string Time(TimeSpan time) => time < TimeSpan.FromSeconds(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalMilliseconds):0} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");

    private sealed record Result(DemoStep Step, string Expected, string Actual, TimeSpan Took)
    {
        internal bool IsAsExpected => Actual == Expected;
    }
}
