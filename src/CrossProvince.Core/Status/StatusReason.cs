namespace CrossProvince.Core.Status;

/// <summary>Why an entry of the licence index is not in force.</summary>
/// <remarks>Values are persisted and on the wire: append only. A number that isn't named here is kept as it came.</remarks>
public enum StatusReason : byte
{
    /// <summary>In force, or never allocated.</summary>
    None = 0,

    /// <summary>Ended: revoked (吊销, 撤销).</summary>
    Revoked = 1,

    /// <summary>Ended: cancelled (注销).</summary>
    Cancelled = 2,

    /// <summary>Ended: void (作废).</summary>
    Void = 3,

    /// <summary>Ended: transferred out (转出).</summary>
    TransferredOut = 4,

    /// <summary>Ended: the licence has a new index.</summary>
    Replaced = 5,

    /// <summary>Suspended (暂扣).</summary>
    Suspended = 10,

    /// <summary>Suspended: frozen (冻结).</summary>
    Frozen = 11,

    /// <summary>Not active yet.</summary>
    NotYetActive = 20,

    /// <summary>The source of the licence can't tell its status.</summary>
    SourceUnknown = 21,
}
