using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Verification;

namespace CrossProvince.Core.Status;

/// <summary>What a node signs about one verification, on request; holds no personal value (docs/signed-documents.md).</summary>
public sealed record VerificationReceipt
{
    /// <summary>Id of the verification.</summary>
    public required string VerificationId { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long TimeMs { get; init; }

    /// <summary>Who verified: the URI of its certificate, or the operator's organisation.</summary>
    public required string Verifier { get; init; }

    /// <summary>The terminal it named.</summary>
    public required string Terminal { get; init; }

    /// <summary>Issuing region; null if the code could not be read.</summary>
    public RegionCode? Issuer { get; init; }

    /// <summary>List number; null if the code could not be read.</summary>
    public int? List { get; init; }

    /// <summary>Index in the list; null if the code could not be read.</summary>
    public int? Index { get; init; }

    /// <summary>Number of the scenario; null if none was asked for and the code could not be read.</summary>
    public int? Scenario { get; init; }

    /// <summary>Code of the matter, if given.</summary>
    public string? Matter { get; init; }

    /// <summary>The verdict.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Why the verdict is undetermined.</summary>
    public UndeterminedReason Reason { get; init; }

    /// <summary>The time that the status is true as of, Unix milliseconds; null if no copy was asked.</summary>
    public long? AsOfMs { get; init; }

    /// <summary>Version of the trust list.</summary>
    public required long TrustListVersion { get; init; }

    /// <summary>Names of the fields that were disclosed.</summary>
    public IReadOnlyList<string> Disclosed { get; init; } = [];
}
