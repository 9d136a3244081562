using CrossProvince.Core.Status;

namespace CrossProvince.Service.Licences;

/// <summary>The normalised statuses of a licence (docs/payload.md, "The licence index"); the names are those of the import format.</summary>
internal enum NormalisedStatus
{
    Valid = 1,
    NotActive = 2,
    Suspended = 3,
    Frozen = 4,
    Revoked = 5,
    Cancelled = 6,
    Void = 7,
    TransferredOut = 8,
    Unknown = 9,
    Expired = 10,
}

/// <summary>What each normalised status is in an import line and in the licence index.</summary>
internal static class NormalisedStatuses
{
    private static readonly Dictionary<string, NormalisedStatus> s_byName = new(StringComparer.Ordinal)
    {
        ["valid"] = NormalisedStatus.Valid,
        ["not_active"] = NormalisedStatus.NotActive,
        ["suspended"] = NormalisedStatus.Suspended,
        ["frozen"] = NormalisedStatus.Frozen,
        ["revoked"] = NormalisedStatus.Revoked,
        ["cancelled"] = NormalisedStatus.Cancelled,
        ["void"] = NormalisedStatus.Void,
        ["transferred_out"] = NormalisedStatus.TransferredOut,
        ["unknown"] = NormalisedStatus.Unknown,
        ["expired"] = NormalisedStatus.Expired,
    };

    private static readonly Dictionary<NormalisedStatus, string> s_names = s_byName.ToDictionary(p => p.Value, p => p.Key);

    public static IEnumerable<string> Names => s_byName.Keys;

    public static bool TryParse(string name, out NormalisedStatus status) => s_byName.TryGetValue(name, out status);

    public static string Name(this NormalisedStatus status) => s_names[status];

    /// <summary>The status's 2 bits and reason code.</summary>
    /// <param name="status">The status.</param>
    /// <param name="validFrom">First valid day.</param>
    /// <param name="today">Today, China Standard Time.</param>
    public static (LicenceStatus Status, StatusReason Reason) InIndex(this NormalisedStatus status, int validFrom, int today) => status switch
    {
        // A licence past its last day stays in force in the list: its code carries the day, and step 9 decides.
        NormalisedStatus.Valid or NormalisedStatus.Expired => validFrom > today
            ? (LicenceStatus.NotActive, StatusReason.NotYetActive)
            : (LicenceStatus.InForce, StatusReason.None),
        NormalisedStatus.NotActive => (LicenceStatus.NotActive, StatusReason.NotYetActive),
        NormalisedStatus.Suspended => (LicenceStatus.Suspended, StatusReason.Suspended),
        NormalisedStatus.Frozen => (LicenceStatus.Suspended, StatusReason.Frozen),
        NormalisedStatus.Revoked => (LicenceStatus.Ended, StatusReason.Revoked),
        NormalisedStatus.Cancelled => (LicenceStatus.Ended, StatusReason.Cancelled),
        NormalisedStatus.Void => (LicenceStatus.Ended, StatusReason.Void),
        NormalisedStatus.TransferredOut => (LicenceStatus.Ended, StatusReason.TransferredOut),
        _ => (LicenceStatus.NotActive, StatusReason.SourceUnknown),
    };
}
