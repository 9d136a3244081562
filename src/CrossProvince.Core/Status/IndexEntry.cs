namespace CrossProvince.Core.Status;

/// <summary>What the licence index says of one entry.</summary>
/// <param name="Status">The status.</param>
/// <param name="Tag">The tag; <see cref="EntryTag.None"/> if never allocated.</param>
/// <param name="Reason">Why it isn't in force.</param>
public readonly record struct IndexEntry(LicenceStatus Status, EntryTag Tag, StatusReason Reason)
{
    /// <summary>An entry that was never allocated.</summary>
    public static IndexEntry Unallocated => new(LicenceStatus.NotActive, EntryTag.None, StatusReason.None);

    /// <summary>Whether the three fit together: unallocated entries say nothing, and an allocated one has a reason exactly when it isn't in force.</summary>
    public bool IsConsistent => Tag == EntryTag.None
        ? this == Unallocated
        : Status <= LicenceStatus.NotActive && (Status == LicenceStatus.InForce) == (Reason == StatusReason.None);
}
