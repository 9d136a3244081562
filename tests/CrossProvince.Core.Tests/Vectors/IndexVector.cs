using System.Text.Json.Nodes;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>A copy of a region's licence index as it stood at some time: the batches that lead to it, and the head that it is true as of.</summary>
internal sealed record IndexVector(string Id, RegionCode Region, int Batches, long AsOf, string Why)
{
    /// <summary>The time of the heads that most vectors are judged by, Unix milliseconds: a second ago.</summary>
    internal const long HeadTime = (VectorWorld.Now - 1) * 1000;

    private const long Midnight = (((VectorWorld.Today + 1) * 86_400L) - 28_800) * 1000;

    internal static IReadOnlyList<IndexVector> All { get; } =
    [
        new("beijing", VectorWorld.Beijing, 2, HeadTime, "Beijing a second ago."),
        new("beijing-before", VectorWorld.Beijing, 1, (VectorWorld.Now - 120) * 1000, "Beijing two minutes ago: nothing has been revoked yet, and a licence is missing."),
        new("beijing-midnight", VectorWorld.Beijing, 2, Midnight - 1500, "Beijing shortly before the next day begins in China."),
        new("tianjin", VectorWorld.Tianjin, 1, HeadTime, "Tianjin a second ago."),
        new("hebei", VectorWorld.Hebei, 1, HeadTime, "Hebei a second ago."),
    ];

    internal static string NameOf(RegionCode region) => region == VectorWorld.Beijing ? "beijing" : region == VectorWorld.Tianjin ? "tianjin" : "hebei";

    internal ISigner IndexKey => VectorKeys.Of($"{NameOf(Region)}-index");

    /// <summary>The copy, and what was published of it.</summary>
    internal (RegionIndex Index, RegionSnapshot Snapshot, IReadOnlyList<byte[]> Documents) Build()
    {
        var index = new RegionIndex(Region, VectorWorld.ListBound);
        var documents = new List<byte[]>();
        foreach (var changes in VectorWorld.ChangesOf(Region).Take(Batches))
        {
            foreach (var change in changes)
            {
                index.Apply(change);
            }

            documents.Add(StatusFeedDocument.Sign(Region, changes, index.ChainHash.Span, IndexKey));
        }

        return (index, index.Publish(AsOf), documents);
    }

    internal JsonObject ToJson()
    {
        var (index, snapshot, documents) = Build();
        var entries = VectorWorld.ChangesOf(Region).Take(Batches).SelectMany(changes => changes).Select(change => (change.List, change.Index)).Distinct().Order();
        return new JsonObject
        {
            ["id"] = Id,
            ["why"] = Why,
            ["region"] = Region.ToString(),
            ["batches"] = new JsonArray([.. documents.Select(document => JsonValue.Create(Convert.ToHexStringLower(document)))]),
            ["head"] = Convert.ToHexStringLower(StatusHeadDocument.Sign(snapshot.Head, IndexKey)),
            ["expect"] = new JsonObject
            {
                ["seq"] = snapshot.Head.Seq,
                ["hash"] = Convert.ToHexStringLower(snapshot.Head.Hash.Span),
                ["asOf"] = AsOf,
                ["lists"] = HeadVectors.Lists(snapshot.Head),
                ["entries"] = new JsonArray([.. entries.Select(at => Entry(at.List, at.Index, index.Find(at.List, at.Index)))]),
            },
        };
    }

    internal static JsonObject Entry(int list, int index, IndexEntry entry) => new()
    {
        ["list"] = list,
        ["index"] = index,
        ["status"] = (int)entry.Status,
        ["reason"] = (int)entry.Reason,
        ["tag"] = entry.Tag.ToString(),
    };
}
