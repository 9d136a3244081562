using CrossProvince.Core.Identifiers;

namespace CrossProvince.Core.Catalogue;

/// <summary>What a code is shown for (应用场景).</summary>
public sealed record Scenario
{
    /// <summary>Number in codes, 1 to 255; never given twice.</summary>
    public required int Number { get; init; }

    /// <summary>Id in requests, such as <c>counter-check</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Names.</summary>
    public required LocalizedText Names { get; init; }

    /// <summary>Ids of the licence types it is for.</summary>
    public required IReadOnlyList<string> Types { get; init; }

    /// <summary>Who may verify.</summary>
    public required VerifierRule Verifiers { get; init; }

    /// <summary>Life of a code, seconds, 1 to 600.</summary>
    public required int LifetimeSeconds { get; init; }

    /// <summary>How often a showing may be used.</summary>
    public required UseRule Use { get; init; }

    /// <summary>What is allowed offline.</summary>
    public required OfflineUseRule OfflineUse { get; init; }

    /// <summary>Facts granted beyond the display: <c>holder.name</c>, <c>holder.code</c>, <c>number</c>, <c>issuer.name</c>, <c>issued_on</c>, <c>valid_until</c>, <c>fields.X</c>.</summary>
    public required IReadOnlyList<string> Discloses { get; init; }

    /// <summary>What a use must bring: <c>matter-code</c>, <c>case-number</c> (from the verifier), <c>guardian</c> (as presenter).</summary>
    public required IReadOnlyList<string> Requires { get; init; }

    /// <summary>Age of the status copy past which an answer is marked stale, seconds; null: the node's own limit.</summary>
    public required int? SoftSeconds { get; init; }

    /// <summary>Age of the status copy past which it is not answered from, seconds; null: the node's own limit.</summary>
    public required int? HardSeconds { get; init; }
}
