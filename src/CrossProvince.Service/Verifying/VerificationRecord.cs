using CrossProvince.Core.Verification;

namespace CrossProvince.Service.Verifying;

/// <summary>One verification as it is recorded: what was asked by whom, and what was answered. No code, no personal value.</summary>
internal sealed record VerificationRecord
{
    public required string VerificationId { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long Time { get; init; }

    public required string Caller { get; init; }

    public required string OnBehalfOf { get; init; }

    public required int VerifierRegion { get; init; }

    public required string TerminalId { get; init; }

    public required string MatterCode { get; init; }

    public required string CaseNumber { get; init; }

    public required string? RequestId { get; init; }

    /// <summary>SHA-256 of what was sent, shortened to 16 bytes, so that a repeat can be told from another request.</summary>
    public required byte[]? RequestDigest { get; init; }

    public required Verdict Verdict { get; init; }

    public required UndeterminedReason Reason { get; init; }

    /// <summary>From here on: 0 unless the signature held.</summary>
    public int Scenario { get; init; }

    public int IssuingRegion { get; init; }

    public int TypeNumber { get; init; }

    public int ListNumber { get; init; }

    public int ListIndex { get; init; }

    public long Showing { get; init; }

    public int CodeNumber { get; init; }

    public int Presenter { get; init; }

    public bool Specimen { get; init; }

    /// <summary>Unix milliseconds; 0 when no index was consulted.</summary>
    public long StatusAsOf { get; init; }

    public bool Stale { get; init; }

    public required long TrustVersion { get; init; }

    public required bool TrustStale { get; init; }

    public bool Repeated { get; init; }

    public required int Mode { get; init; }

    /// <summary>Names of the fields disclosed, separated by commas.</summary>
    public string Disclosed { get; init; } = "";
}

/// <summary>The part of a record that a repeated request is answered with.</summary>
internal class RecordedAnswer
{
    public static RecordedAnswer Of(VerificationRecord record) => new()
    {
        VerificationId = record.VerificationId,
        Time = record.Time,
        RequestDigest = record.RequestDigest ?? [],
        Verdict = (int)record.Verdict,
        Reason = (int)record.Reason,
        StatusAsOf = record.StatusAsOf,
        Stale = record.Stale,
        TrustVersion = record.TrustVersion,
        TrustStale = record.TrustStale,
        Repeated = record.Repeated,
        Mode = record.Mode,
    };

    public string VerificationId { get; init; } = "";

    public long Time { get; init; }

    public byte[] RequestDigest { get; init; } = [];

    public long Verdict { get; init; }

    public long Reason { get; init; }

    public long StatusAsOf { get; init; }

    public bool Stale { get; init; }

    public long TrustVersion { get; init; }

    public bool TrustStale { get; init; }

    public bool Repeated { get; init; }

    public long Mode { get; init; }
}
