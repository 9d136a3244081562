namespace CrossProvince.Core.Status;

/// <summary>The 2-bit status of an entry of the licence index (docs/payload.md, "The licence index").</summary>
/// <remarks>Values are persisted and on the wire: fixed for good.</remarks>
public enum LicenceStatus : byte
{
    /// <summary>In force. A licence merely past its last day stays so.</summary>
    InForce = 0,

    /// <summary>Ended for good.</summary>
    Ended = 1,

    /// <summary>Suspended; may come back.</summary>
    Suspended = 2,

    /// <summary>Not active, the source can't say, or never allocated.</summary>
    NotActive = 3,
}
