using System.Text.Json.Nodes;
using CrossProvince.Core.Status;
using CrossProvince.Tests;
using static CrossProvince.Core.Tests.Vectors.DocumentVector;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>feed-batches.json.</summary>
internal static class FeedVectors
{
    private static readonly IReadOnlyList<StatusChange[]> s_batches = VectorWorld.ChangesOf(VectorWorld.Beijing);

    internal static JsonObject Make()
    {
        var (first, second) = (s_batches[0], s_batches[1]);
        var (start, middle, end) = (StatusChange.GenesisHash.ToArray(), Chain(first.Length), Chain(first.Length + second.Length));
        var other = s_batches[1].Select((change, i) => i == 0 ? change with { TimeMs = change.TimeMs + 1 } : change).ToArray();
        byte[] Signed(StatusChange[] changes, byte[] head, string key = "beijing-index") => StatusFeedDocument.Sign(VectorWorld.Beijing, changes, head, VectorKeys.Of(key));
        var payload = PayloadOf(Signed(first, middle));
        return File(
            "Batches of 110000's changes, held against a copy that has the changes up to seq with the chain's hash. order: next, they lead on from the copy; known, it has them all; gap, "
            + "changes between are missing; forked, another chain, signed by the region itself: raise an alarm and follow no further.",
            Taken("batch-first", "From the beginning.", Signed(first, middle), first, middle, 0, start, "next"),
            Taken("batch-next", "Behind the first.", Signed(second, end), second, end, first.Length, middle, "next"),
            Taken("batch-newer", "Map keys that this version does not know: they are ignored.", Sign("beijing-index", StatusFeedDocument.ExternalAad, NewerMap.Of(payload)), first, middle, 0, start, "next"),
            Taken("batch-begins-earlier", "It begins with changes that the copy has.", Signed([.. first, .. second], end), [.. first, .. second], end, first.Length, middle, "next"),
            Taken("batch-known", "The copy has all of it.", Signed(first, middle), first, middle, first.Length, middle, "known"),
            Taken("batch-older", "It ends before the copy does.", Signed(first, middle), first, middle, first.Length + second.Length, end, "known"),
            Taken("batch-gap", "Changes are missing between the copy and it.", Signed(second, end), second, end, 3, Chain(3), "gap"),
            Taken("batch-fork", "Its changes lead from the copy to another hash than it says.", Signed(other, end), other, end, first.Length, middle, "forked"),
            Taken("batch-fork-of-the-copy", "The copy has another hash for the same number.", Signed(first, middle), first, middle, first.Length, end, "forked"),
            Refused("batch-by-code-key", "The region's code key signed it.", Signed(first, middle, "beijing-code")),
            Refused("batch-by-another-region", "Tianjin's index key signs for Beijing.", Signed(first, middle, "tianjin-index")),
            Refused("batch-of-another-region", "Beijing's index key signs a batch that speaks of Tianjin.", StatusFeedDocument.Sign(VectorWorld.Tianjin, first, middle, VectorKeys.Of("beijing-index"))),
            Refused("batch-signed-as-a-head", "Signed under external_aad CP1-HEAD.", Sign("beijing-index", StatusHeadDocument.ExternalAad, payload)),
            Refused("batch-changed", "One bit of a record after it was signed.", CodeParts.Flip(Signed(first, middle), 90)),
            Refused("batch-with-a-gap", "A change is missing within.", Signed([first[0], .. first[2..]], middle)),
            Refused("batch-empty", "No change at all.", Sign("beijing-index", StatusFeedDocument.ExternalAad, With(payload, "records", _ => [0x80]))),
            Refused("batch-of-a-longer-record", "A record of eight elements.", Sign("beijing-index", StatusFeedDocument.ExternalAad, With(payload, "records", records => [0x81, 0x88, .. first[0].Encode()[1..], 0x00]))),
            Refused("batch-status-unknown", "A status that there is none of.", Signed([first[0] with { Status = (LicenceStatus)4 }], middle)));
    }

    private static byte[] Chain(int changes) => s_batches.SelectMany(batch => batch).Take(changes).Aggregate(StatusChange.GenesisHash.ToArray(), (hash, change) => change.NextHash(hash));

    private static JsonObject Taken(string id, string why, byte[] document, StatusChange[] changes, byte[] headHash, long seq, byte[] hash, string order) => Of(
        id,
        why,
        document,
        Accepted(
            ("order", order),
            ("fromSeq", changes[0].Seq),
            ("headHash", Convert.ToHexStringLower(headHash)),
            ("records", new JsonArray([.. changes.Select(Record)]))),
        ("copy", new JsonObject { ["seq"] = seq, ["hash"] = Convert.ToHexStringLower(hash) }));

    private static JsonObject Refused(string id, string why, byte[] document) => Of(id, why, document, null);

    private static JsonArray Record(StatusChange change) => new(change.Seq, change.TimeMs, change.List, change.Index, (int)change.Status, change.Tag.ToString(), (int)change.Reason);
}
