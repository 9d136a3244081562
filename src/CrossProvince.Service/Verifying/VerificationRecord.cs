using System.Data.Common;
using CrossProvince.Core.Verification;
using Dapper;

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

    /// <summary>SM3 of what was sent, shortened to 16 bytes, so that a repeat can be told from another request.</summary>
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

/// <summary>Recorded verifications.</summary>
internal static class VerificationStore
{
    private const string Insert = """
        INSERT INTO verifications (verification_id, time, caller, on_behalf_of, verifier_region, terminal_id, matter_code, case_number,
            request_id, request_digest, scenario, verdict, reason, issuing_region, type_number, list_number, list_index, showing,
            code_number, presenter, specimen, status_as_of, stale, trust_version, trust_stale, repeated, mode, disclosed)
        VALUES (@VerificationId, @Time, @Caller, @OnBehalfOf, @VerifierRegion, @TerminalId, @MatterCode, @CaseNumber,
            @RequestId, @RequestDigest, @Scenario, @Verdict, @Reason, @IssuingRegion, @TypeNumber, @ListNumber, @ListIndex, @Showing,
            @CodeNumber, @Presenter, @Specimen, @StatusAsOf, @Stale, @TrustVersion, @TrustStale, @Repeated, @Mode, @Disclosed)
        """;

    public static Task InsertAsync(DbTransaction transaction, VerificationRecord record) =>
        transaction.Connection!.ExecuteAsync(Insert, record, transaction);
}

/// <summary>The part of a record that a repeated request is answered with.</summary>
internal class RecordedAnswer
{
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
