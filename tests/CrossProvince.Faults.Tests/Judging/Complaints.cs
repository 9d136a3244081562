using CrossProvince.Faults.Tests.Region;

namespace CrossProvince.Faults.Tests.Judging;

/// <summary>What nodes logged as error or worse during faults: only what docs/operations.md says of these faults.</summary>
internal static class Complaints
{
    /// <summary>Categories that have to do with a database that is away, does not take anything, or is not there at a start.</summary>
    private static readonly string[] s_expected =
    [
        "fail: CrossProvince.Service.Storage.GroupCommit",
        "fail: CrossProvince.Service.StatusIndex.OwnIndex",
        "ConnectionStrings:Database",

        // Nothing could be recorded, or the own index was old.
        "fail: Microsoft.Extensions.Diagnostics.HealthChecks",
        "crit: CrossProvince.Service.Recording.VerificationSpool",
        "fail: CrossProvince.Service.Recording.VerificationSpool",

        // The load signs what it shows in the partner region with the region's code key itself, as a thief of it would; that region reports these uses.
        "verifications of codes that were never issued here",
    ];

    /// <summary>What nobody expects.</summary>
    /// <param name="slots">All nodes.</param>
    /// <param name="store">On SQLite nothing is away, and nothing may go wrong.</param>
    public static IReadOnlyList<string> Unexpected(IEnumerable<NodeSlot> slots, Store store)
    {
        var all = new List<string>();
        foreach (var slot in slots)
        {
            slot.KeepComplaints();
            all.AddRange(slot.Complaints.Select(line => $"{slot.Part}: {line}"));
        }

        return [.. all.Where(line => store == Store.Sqlite || !s_expected.Any(known => line.Contains(known, StringComparison.Ordinal))).Distinct()];
    }
}
