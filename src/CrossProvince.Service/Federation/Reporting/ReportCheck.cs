using System.Globalization;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Verifying;
using Google.Protobuf.WellKnownTypes;
using Presenter = CrossProvince.Contracts.Presentation.V1.Presenter;

namespace CrossProvince.Service.Federation.Reporting;

/// <summary>Why a reported use is not taken.</summary>
/// <param name="Kind">A constant, for counting.</param>
/// <param name="Reason">In words: the field, and what it should be. No value of the report.</param>
internal sealed record ReportFault(string Kind, string Reason)
{
    /// <summary>The verifier is one of another region than the one that reports.</summary>
    public const string Foreign = "foreign";

    /// <summary>A field has not its form.</summary>
    public const string Malformed = "malformed";

    /// <summary>Whether a region has reported for another.</summary>
    public bool IsForeign => Kind == Foreign;
}

/// <summary>Checks what a report says by itself, before anything is looked up.</summary>
internal static class ReportCheck
{
    /// <summary>Longest name of an organisation in Chinese, characters.</summary>
    public const int LongestNameZh = 100;

    /// <summary>Longest name of an organisation in English, characters.</summary>
    public const int LongestNameEn = 200;

    private const int LongestVerifier = 128;
    private const int LongestField = 64;
    private const int LongestOwner = 64;
    private const int MostLists = 1 << 16;
    private const int IdLength = 32;

    /// <summary>An id's own time may differ so much from the verification's: programs before made it when the scan came.</summary>
    private const long IdMilliseconds = 60_000;

    private const string Operator = "operator:";
    private const string Holder = "holder:";

    /// <summary>The fault of one reported verification, or null.</summary>
    /// <param name="use">The report.</param>
    /// <param name="region">The region of the caller.</param>
    /// <param name="catalogue">The shared catalogue.</param>
    /// <param name="oldest">Unix milliseconds: what is older is not kept.</param>
    /// <param name="newest">Unix milliseconds: no clock is so far ahead.</param>
    public static ReportFault? Find(ReportedVerification use, RegionCode region, LicenceCatalogue catalogue, long oldest, long newest) =>
        TryReadTime(use.Time, out var time) ? Find(use, time, region, catalogue, oldest, newest) : Malformed("time is not set, or is no time");

    /// <summary>When it happened, Unix milliseconds.</summary>
    public static long TimeOf(ReportedVerification use) => (use.Time.Seconds * 1_000) + (use.Time.Nanos / 1_000_000);

    /// <summary>A text of at most so many characters, never half of one.</summary>
    public static string Shorten(string text, int most) => text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];

    private static ReportFault? Find(ReportedVerification use, long time, RegionCode region, LicenceCatalogue catalogue, long oldest, long newest) => use switch
    {
        _ when time < oldest => Malformed("time is past the months that are kept here"),
        _ when time > newest => Malformed("time lies ahead: compare clocks"),
        _ when !IsId(use.VerificationId, time) => Malformed("verification_id is not a UUID of version 7, in 32 lower-case hexadecimal digits, made from time"),
        _ when !ShowingId.TryParse(use.ShowingId, out _) => Malformed("showing_id is not 12 hexadecimal digits"),
        { CodeNumber: < 0 } => Malformed("code_number is below 0"),
        { List: < 0 or >= MostLists } => Malformed("list is not a list's number"),
        { Index: < 0 } => Malformed("index is below 0"),
        _ when catalogue.FindScenario(use.Scenario) is null => Malformed("scenario is not in the catalogue"),
        _ when use.Presenter is Presenter.Unspecified || !System.Enum.IsDefined(use.Presenter) => Malformed("presenter is not known"),
        _ when use.Verdict is Verdict.Unspecified || !System.Enum.IsDefined(use.Verdict) => Malformed("verdict is not known"),
        { TerminalId.Length: > LongestField } => Malformed("terminal_id has more than 64 characters"),
        { VerifierNameZh.Length: > LongestNameZh } => Malformed("verifier_name_zh has more than 100 characters"),
        { VerifierNameEn.Length: > LongestNameEn } => Malformed("verifier_name_en has more than 200 characters"),
        _ when !IsPlain(use.TerminalId) || !IsPlain(use.VerifierNameZh) || !IsPlain(use.VerifierNameEn) => Malformed("a text has control or formatting characters"),
        _ when !use.DisclosedFields.All(catalogue.FindScenario(use.Scenario)!.Discloses.Contains) || use.DisclosedFields.Distinct().Count() != use.DisclosedFields.Count =>
            Malformed("disclosed_fields names what the scenario does not grant, or a field twice"),
        { ConsumedBy: { } owner } when !IsOwner(owner, region) => Malformed("consumed_by is not an owner as in Redeem"),
        _ => FindInVerifier(use.Verifier, region),
    };

    private static ReportFault? FindInVerifier(string verifier, RegionCode region)
    {
        if (verifier.Length is 0 or > LongestVerifier || !IsPlain(verifier))
        {
            return Malformed("verifier has not 1 to 128 characters, or control characters");
        }

        if (verifier.StartsWith(Operator, StringComparison.Ordinal) || verifier.StartsWith(Holder, StringComparison.Ordinal))
        {
            return verifier[(verifier.IndexOf(':', StringComparison.Ordinal) + 1)..] is { Length: > 0 and <= LongestField } name && !name.Contains(':', StringComparison.Ordinal)
                ? null
                : Malformed("verifier names nobody");
        }

        if (PartyName.Read(verifier) is { } party)
        {
            return party.Region != region ? new ReportFault(ReportFault.Foreign, "verifier is of another region than the one that reports")
                : party.Role is PartyName.Verifier or PartyName.Node ? null
                : Malformed("verifier is of a role that does not verify");
        }

        return !SocialCreditCode.IsValid(verifier) ? Malformed("verifier is neither a URN, nor operator:…, nor holder:…, nor a unified social credit code")
            : VerificationChecks.IsOrganisationOf(verifier, region) ? null
            : new ReportFault(ReportFault.Foreign, "verifier is an organisation of another region than the one that reports");
    }

    private static bool IsOwner(ShowingOwner owner, RegionCode region) =>
        owner.TerminalId.Length is > 0 and <= LongestOwner && IsPlain(owner.TerminalId) && (owner.OnBehalfOf.Length == 0 || VerificationChecks.IsOrganisationOf(owner.OnBehalfOf, region));

    private static bool TryReadTime(Timestamp? time, out long milliseconds)
    {
        milliseconds = 0;
        if (time is null || time.Seconds < 0 || time.Seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds() || time.Nanos is < 0 or > 999_999_999)
        {
            return false;
        }

        milliseconds = (time.Seconds * 1_000) + (time.Nanos / 1_000_000);
        return true;
    }

    /// <summary>RFC 9562 §5.7: 48 bits of Unix milliseconds, the version, the variant.</summary>
    private static bool IsId(string id, long time) =>
        id.Length == IdLength && id.All(char.IsAsciiHexDigitLower) && id[12] == '7' && id[16] is '8' or '9' or 'a' or 'b'
        && Math.Abs(long.Parse(id.AsSpan(0, 12), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) - time) <= IdMilliseconds;

    /// <summary>Formatting characters could make a name read as another's.</summary>
    private static bool IsPlain(string text) => !text.Any(c => char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static ReportFault Malformed(string reason) => new(ReportFault.Malformed, reason);
}
