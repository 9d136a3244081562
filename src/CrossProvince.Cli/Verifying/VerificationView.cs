using CrossProvince.Contracts.Verification.V1;
using Google.Protobuf.Reflection;
using Spectre.Console;

namespace CrossProvince.Cli.Verifying;

/// <summary>Shows a verification to a clerk: icon, word and sentence first, then what the counter needs.</summary>
internal static class VerificationView
{
    internal static void Write(IAnsiConsole screen, Verification verification, Language language)
    {
        var (icon, colour) = ExitCodes.Of(verification.Verdict) switch
        {
            ExitCode.Done => ("✔", "green"),
            ExitCode.Refused => ("✘", "red"),
            _ => ("?", "yellow"),
        };
        var message = verification.Message is { } text ? language.Say(text.Zh, text.En) : "";
        screen.MarkupLine($"[bold {colour}]{icon} {Name(verification.Verdict)}[/]  {Words.Plain(message)}");
        screen.Write(Words.Facts(Facts(verification, language)));
        foreach (var note in Notes(verification, language))
        {
            screen.MarkupLine($"  [yellow]! {Words.Plain(note)}[/]");
        }
    }

    /// <summary>The verdict's name in the contract without its prefix, such as REVOKED.</summary>
    internal static string Name(Verdict verdict) => Name(nameof(Verdict), (int)verdict, "VERDICT_");

    /// <summary>The reason's name in the contract without its prefix, such as STALE.</summary>
    internal static string Name(UndeterminedReason reason) => Name(nameof(UndeterminedReason), (int)reason, "UNDETERMINED_REASON_");

    private static string Name(string type, int number, string prefix)
    {
        var value = VerificationReflection.Descriptor.FindTypeByName<EnumDescriptor>(type).FindValueByNumber(number);
        return value is null ? $"{number}" : value.Name[prefix.Length..];
    }

    private static IEnumerable<(string Name, string Value)> Facts(Verification verification, Language language)
    {
        if (verification.Display is { } display)
        {
            yield return (language.Say("姓名或名称", "Name"), display.Name);
            yield return (language.Say("号码", "Number"), display.Number);
            yield return (language.Say("其他", "Also"), display.Extra);
            yield return (language.Say("有效期至", "Valid until"), Words.Until(display.ValidUntil, language));
        }

        foreach (var (field, value) in verification.Disclosed.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            yield return (field, value);
        }

        yield return (language.Say("证照类型", "Licence type"), verification.LicenceType);
        yield return (language.Say("签发地区", "Issuing region"), verification.IssuingRegion);
        yield return (language.Say("应用场景", "Scenario"), verification.Scenario);
        yield return (language.Say("亮证人", "Shown by"), verification.IssuingRegion.Length > 0 ? Words.Of(verification.Presenter, language) : "");
        yield return (language.Say("状态截至", "Status as of"), Words.Time(verification.StatusAsOf));
        yield return (language.Say("核验时间", "Verified at"), Words.Time(verification.VerifiedAt));
        yield return (language.Say("核验编号", "Verification"), verification.VerificationId);
    }

    private static IEnumerable<string> Notes(Verification verification, Language language)
    {
        if (verification.Stale)
        {
            yield return language.Say("签发地区的状态数据不是最新的，请留意“状态截至”。", "The issuing region's status is not fresh: mind \"Status as of\".");
        }

        if (verification.TrustStale)
        {
            yield return language.Say("信任列表已过期，正在宽限期内使用。", "The trust list has expired and is used within its grace.");
        }

        if (verification.Repeated)
        {
            yield return language.Say("本终端此前已核验过同一次亮证。", "This terminal has verified the same showing before.");
        }

        if (verification.Specimen)
        {
            yield return language.Say("样证，不是真实证照。", "A specimen, not a real licence.");
        }

        if (verification.DisclosureNote is { } note)
        {
            yield return language.Say(note.Zh, note.En);
        }
    }
}
