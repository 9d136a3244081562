using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Status;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>A made-up licence of the vectors and its place in the licence index.</summary>
internal sealed record VectorLicence(string Name, RegionCode Region, int List, int Index, int Type, Display Display)
{
    private const string Card = "1****************X";

    private static readonly (string Name, LicenceStatus Status, StatusReason Reason)[] s_changed =
    [
        ("revoked", LicenceStatus.Ended, StatusReason.Revoked),
        ("cancelled", LicenceStatus.Ended, StatusReason.Cancelled),
        ("void", LicenceStatus.Ended, StatusReason.Void),
        ("transferred", LicenceStatus.Ended, StatusReason.TransferredOut),
        ("replaced", LicenceStatus.Ended, StatusReason.Replaced),
        ("suspended", LicenceStatus.Suspended, StatusReason.Suspended),
        ("frozen", LicenceStatus.Suspended, StatusReason.Frozen),
        ("not-yet-active", LicenceStatus.NotActive, StatusReason.NotYetActive),
        ("source-unknown", LicenceStatus.NotActive, StatusReason.SourceUnknown),
    ];

    /// <summary>What becomes of it later.</summary>
    internal LicenceStatus Status { get; init; }

    internal StatusReason Reason { get; init; }

    /// <summary>Whether it is registered only after the first batch of changes.</summary>
    internal bool IsLate { get; init; }

    internal EntryTag Tag => EntryTag.Compute(Region, List, Index, Type, Display.Encode());

    internal static IReadOnlyList<VectorLicence> All { get; } =
    [
        new("citizen", VectorWorld.Beijing, 0, 7, 1, Display.Fit("王*明", Card, VectorWorld.Today + 1000, null)),
        new("company", VectorWorld.Beijing, 0, 8, 2, Display.Fit("样本贸易有限公司", "91110000XXXXXX0010", null, null)),
        new("driver", VectorWorld.Beijing, 0, 9, 11, Display.Fit("李*", "1****************8", VectorWorld.Today + 100, "C1")),
        new("longest", VectorWorld.Beijing, 0, 10, 11, Display.Fit("京津冀协同发展示范区京津冀协同发展示范区", "9****************B", 65_535, "A1A2B1B2")),
        new("shortest", VectorWorld.Beijing, 0, 11, 1, Display.Fit("", "", null, null)),
        new("permit", VectorWorld.Beijing, 0, 12, 1000, Display.Fit("赵*", "12****78", VectorWorld.Today + 100, null)),
        new("household", VectorWorld.Beijing, 0, 13, 16, Display.Fit("孙*", "00****13", null, null)),
        new("expired", VectorWorld.Beijing, 0, 14, 1, Display.Fit("周*", Card, VectorWorld.Today - 1, null)),
        new("last-day", VectorWorld.Beijing, 0, 15, 1, Display.Fit("吴*", Card, VectorWorld.Today, null)),
        new("far", VectorWorld.Beijing, 1, 5000, 1, Display.Fit("郑*", Card, VectorWorld.Today + 1000, null)),
        .. s_changed.Select((change, i) => new VectorLicence(change.Name, VectorWorld.Beijing, 0, 20 + i, 1, Display.Fit("钱*", Card, VectorWorld.Today + 1000, null))
        {
            Status = change.Status,
            Reason = change.Reason,
        }),
        new("late", VectorWorld.Beijing, 0, 30, 1, Display.Fit("冯*", Card, VectorWorld.Today + 1000, null)) { IsLate = true },
        new("tianjin-citizen", VectorWorld.Tianjin, 0, 3, 1, Display.Fit("陈*", Card, VectorWorld.Today + 1000, null)),
        new("hebei-citizen", VectorWorld.Hebei, 0, 4, 1, Display.Fit("褚*", Card, VectorWorld.Today + 1000, null)),
    ];

    internal static VectorLicence Of(string name) => All.Single(licence => licence.Name == name);
}
