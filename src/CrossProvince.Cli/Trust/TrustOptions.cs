using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using CrossProvince.Core.Identifiers;

namespace CrossProvince.Cli.Trust;

/// <summary>Options and arguments that several verbs of <c>trust</c> have.</summary>
internal static class TrustOptions
{
    internal static Argument<string> Draft() => new("draft") { Description = "信任列表的草稿 · draft of a trust list", HelpName = "DRAFT" };

    internal static Argument<string> File() => new("file") { Description = "草稿或已签署的文件 · draft, or signed file", HelpName = "FILE" };

    internal static Option<string> Out() => new("--out") { Description = "输出文件 · where to write", HelpName = "FILE", Required = true };

    internal static Option<bool> Force() => new("--force") { Description = "替换已有文件 · replaces existing files" };

    internal static Option<string[]> Roots(bool required = true) => Several("--roots", "PUB.PEM", "现行根公钥，至少两个 · public root keys that are trusted, at least two", required);

    internal static Option<string?> InForce() => new("--in-force") { Description = "现行信任列表，用来比较 · the list in force, to compare with", HelpName = "LIST" };

    internal static Option<string> Region() => new("--region") { Description = "地区代码 · region code", HelpName = "CODE", Required = true };

    internal static Option<string?> Instant(string name, string description) => new(name) { Description = description, HelpName = "YYYY-MM-DD[THH:MM:SSZ]" };

    internal static Option<string[]> Several(string name, string helpName, string description, bool required = false) =>
        new(name) { Description = description, HelpName = helpName, AllowMultipleArgumentsPerToken = true, Required = required, DefaultValueFactory = required ? null : _ => [] };

    internal static RegionCode ReadRegion(this ParseResult parsed, Option<string> option)
    {
        var text = parsed.GetRequiredValue(option);
        return RegionCode.TryParse(text, out var region) ? region : throw new UsageException($"--region {text} 不是六位地区代码。", $"--region {text} is not a region code of six digits.");
    }

    /// <summary>An instant in Unix seconds; null when it was not given.</summary>
    internal static long? ReadInstant(this ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } text)
        {
            return null;
        }

        return DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss'Z'"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            ? instant.ToUnixTimeSeconds()
            : throw new UsageException($"{option.Name} {text} 不是形如 2026-01-31 或 2026-01-31T08:00:00Z 的时间（UTC）。", $"{option.Name} {text} is not a time such as 2026-01-31 or 2026-01-31T08:00:00Z (UTC).");
    }

    internal static int ReadDays(this ParseResult parsed, Option<int> option) => parsed.GetValue(option) is >= 1 and <= 3_660 and var days
        ? days
        : throw new UsageException($"--days {parsed.GetValue(option)} 不在 1 至 3660 之间。", $"--days {parsed.GetValue(option)} is not within 1 to 3660.");

    internal static void Say(this ParseResult parsed, string zh, string en) => parsed.InvocationConfiguration.Error.WriteLine(Certs.ParsedLanguage.Language(parsed).Say(zh, en));

    internal static bool WantsJson(this ParseResult parsed) => parsed.GetResult("--json") is OptionResult { Implicit: false };
}
