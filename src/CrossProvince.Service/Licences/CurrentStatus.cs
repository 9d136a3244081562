using CrossProvince.Core.Status;

namespace CrossProvince.Service.Licences;

/// <summary>How one licence stands, and where in the index: what a change of status must know of it.</summary>
internal sealed record CurrentStatus
{
    /// <summary>Number of its row.</summary>
    public required long Row { get; init; }

    public required string IssuerCode { get; init; }

    /// <summary>First valid day, from 1970-01-01.</summary>
    public required int ValidFrom { get; init; }

    /// <summary>The status as its source words it.</summary>
    public required NormalisedStatus Worded { get; init; }

    /// <summary>Why, in the authority's words: sealed, for no change need read it.</summary>
    public required byte[] SealedNote { get; init; }

    public required int List { get; init; }

    public required int Index { get; init; }

    public required LicenceStatus Status { get; init; }

    public required StatusReason Reason { get; init; }

    public required EntryTag Tag { get; init; }

    /// <summary>The change that made it so.</summary>
    public required long LastSeq { get; init; }
}
