namespace CrossProvince.Service.StatusIndex.Auditing;

/// <summary>In what two accounts of a region's statuses differ. Scripts rely on the names.</summary>
public enum StatusDifferenceKind
{
    /// <summary>A change of the sequence is missing.</summary>
    ChangeMissing = 1,

    /// <summary>A change's hash does not follow from it and the one before: the record or its hash was altered.</summary>
    ChangeHash,

    /// <summary>A change that no node makes, under a hash that fits: an index given to another licence, an entry that contradicts itself.</summary>
    ChangeMalformed,

    /// <summary>The end of the chain is written down otherwise than the last change.</summary>
    ChainEnd,

    /// <summary>A published head speaks of a change that the database does not have.</summary>
    HeadBeyondChain,

    /// <summary>A published head names another hash for the same change.</summary>
    HeadHash,

    /// <summary>A published head names other lists or roots than the chain makes.</summary>
    HeadLists,

    /// <summary>A published head is not one: signature, region or form.</summary>
    HeadRefused,

    /// <summary>A licence has an entry that was not given to it.</summary>
    LicenceEntry,

    /// <summary>A licence's tag is not that of what it shows, or not that of its entry.</summary>
    LicenceTag,

    /// <summary>A licence's status differs from its entry's.</summary>
    LicenceStatus,

    /// <summary>A licence's reason differs from its entry's.</summary>
    LicenceReason,

    /// <summary>A licence names another change as its last than its entry's.</summary>
    LicenceChange,

    /// <summary>An entry is written down as given out, and the chain knows nothing of it.</summary>
    EntryUnknown,

    /// <summary>An entry of the chain is not written down as given out: it could be given out again.</summary>
    EntryMissing,

    /// <summary>An entry's licence is gone.</summary>
    EntryWithoutLicence,

    /// <summary>An entry that its licence has left was not ended.</summary>
    EntryNotEnded,

    /// <summary>A list counts its entries wrongly.</summary>
    ListCount,

    /// <summary>Redis keeps a list only in part.</summary>
    CacheIncomplete,

    /// <summary>Redis keeps another status of an entry.</summary>
    CacheStatus,

    /// <summary>Redis keeps another tag of an entry.</summary>
    CacheTag,

    /// <summary>Redis keeps another reason of an entry.</summary>
    CacheReason,

    /// <summary>Redis keeps another hash of a chunk.</summary>
    CacheHash,
}
