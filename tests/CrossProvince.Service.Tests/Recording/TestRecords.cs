using System.Globalization;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Verifying;

namespace CrossProvince.Service.Tests.Recording;

/// <summary>Records of verifications that differ in every value.</summary>
internal static class TestRecords
{
    internal const string Caller = "urn:crossprovince:110000:verifier:A";

    /// <summary>The region of who verified.</summary>
    internal static readonly RegionCode Region = new(110_000);

    /// <summary>The time of record 0.</summary>
    internal static readonly long Begin = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    internal static string Id(int n) => n.ToString("x32", CultureInfo.InvariantCulture);

    internal static VerificationRecord Make(int n, string? requestId = null) => new()
    {
        VerificationId = Id(n),
        Time = Begin + n,
        Caller = Caller,
        OnBehalfOf = n % 2 == 0 ? "" : "91110000XXXXXX001F",
        VerifierRegion = Region.Value,
        TerminalId = $"窗口-{n}",
        MatterCode = $"m{n}",
        CaseNumber = "",
        RequestId = requestId,
        RequestDigest = requestId is null ? null : [1, 2, (byte)n],
        Verdict = Verdict.Expired,
        Reason = UndeterminedReason.None,
        Scenario = 3,
        IssuingRegion = 120_000,
        TypeNumber = 5,
        ListNumber = n,
        ListIndex = 1_000_000 + n,
        Showing = 0x1234_5678_9ABC + n,
        CodeNumber = 17,
        Presenter = 2,
        Specimen = n % 3 == 0,
        StatusAsOf = Begin - n,
        Stale = n % 5 == 0,
        TrustVersion = 1L << 40,
        TrustStale = n % 7 == 0,
        Repeated = n % 2 == 1,
        Mode = 1,
        Disclosed = "name,number",
    };

    internal static List<VerificationRecord> Make(int from, int count) => [.. Enumerable.Range(from, count).Select(n => Make(n))];
}
