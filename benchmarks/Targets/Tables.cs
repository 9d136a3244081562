using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CrossProvince.Targets;

/// <summary>The results as tables of Markdown: all of them for their own page, the headlines for the two README files.</summary>
internal static partial class Tables
{
    private const string End = "<!-- /targets -->";

    /// <summary>The table of the page of results, without its end of line.</summary>
    public static string Page(Results results)
    {
        var text = new StringBuilder("| | what | target | measured | ratio | held | baseline |\n|---|---|---:|---:|---:|---|---|\n");
        foreach (var line in results.Lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {line.Target} | {line.What.En} | {TargetFile.Goal(line)} | {line.Measured} | {TargetFile.Ratio(line)} | {TargetFile.Held(line)} | {Baseline(line, chinese: false)} |\n");
        }

        return text.ToString().TrimEnd('\n');
    }

    /// <summary>What the page says below its table: a line for each figure that must be read with something.</summary>
    public static IEnumerable<string> Notes(Results results) => results.Lines.Where(line => line.Note is not null).Select(line => $"* {line.Target}, {line.What.En.Trim()}: {line.Note}")
        .Concat(results.Lines.Where(line => line.On is not null).GroupBy(line => line.On).Select(day => string.Create(
            CultureInfo.InvariantCulture, $"* Measured on {day.Key:yyyy-MM-dd}: {string.Join(", ", day.Select(line => line.Target).Distinct())}.")));

    /// <summary>A README with the headlines between its marks, which name the file that they are from.</summary>
    /// <param name="readme">Text of the README.</param>
    /// <param name="results">The results.</param>
    /// <param name="chinese">In Chinese, else in English.</param>
    /// <exception cref="FormatException">The README has no marks.</exception>
    public static string PutInto(string readme, Results results, bool chinese)
    {
        var start = readme.IndexOf("<!-- targets:", StringComparison.Ordinal);
        var end = readme.IndexOf(End, StringComparison.Ordinal);
        return start >= 0 && end > start
            ? $"{readme[..start]}{Headlines(results, chinese)}{readme[end..]}"
            : throw new FormatException($"The README has no '<!-- targets: … -->' before '{End}': the table's place is not known.");
    }

    /// <summary>The file that a README's table is from; empty when there is none.</summary>
    public static string FindSource(string readme) => Source().Match(readme).Groups[1].Value;

    [GeneratedRegex("<!-- targets: ([^ ]+) -->")]
    private static partial Regex Source();

    private static string Headlines(Results results, bool chinese)
    {
        var page = $"benchmarks/results/{results.FileName}";
        var text = new StringBuilder($"<!-- targets: {page}.json -->\n");
        text.Append(chinese ? "| | 目标 | 实测 | 倍数 | 对照 | |\n" : "| | target | measured | ratio | baseline | |\n").Append("|---|---:|---:|---:|---|---|\n");
        foreach (var line in results.Lines.Where(line => line.IsHeadline))
        {
            var held = (line.IsHeld, chinese) switch
            {
                (true, true) => "达到",
                (true, false) => "held",
                (_, true) => "**未达到**",
                _ => "**missed**",
            };
            text.Append(CultureInfo.InvariantCulture, $"| {line.Target} {(chinese ? line.What.Zh : line.What.En)} | {TargetFile.Goal(line)} | {line.Measured} | {TargetFile.Ratio(line)} | {Baseline(line, chinese)} | {held} |\n");
        }

        return text.Append(chinese
            ? $"\n{results.Processor}，{results.Processors} 个处理器由全部进程共用，{results.Date:yyyy-MM-dd}。[全部数据]({page}.md)\n"
            : $"\n{results.Processor}, {results.Processors} processors shared by everything that ran, {results.Date:yyyy-MM-dd}. [All figures]({page}.md)\n").ToString();
    }

    private static string Baseline(TargetLine line, bool chinese) => line.Baseline is { } name ? $"{(chinese ? name.Zh : name.En)} {line.BaselineMeasured}" : "";
}
