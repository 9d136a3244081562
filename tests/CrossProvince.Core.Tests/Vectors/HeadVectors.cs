using System.Text.Json.Nodes;
using CrossProvince.Core.Status;
using CrossProvince.Tests;
using static CrossProvince.Core.Tests.Vectors.DocumentVector;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>heads.json.</summary>
internal static class HeadVectors
{
    internal static JsonObject Make()
    {
        var head = IndexVector.All[0].Build().Snapshot.Head;
        var payload = StatusHeadDocument.EncodePayload(head);
        byte[] Signed(byte[] content, string key = "beijing-index") => Sign(key, StatusHeadDocument.ExternalAad, content);
        return File(
            "Heads of 110000's licence index, read at now (Unix seconds) with the trust list federation, and whether they are taken.",
            Taken("head", "The region's index key signed it.", Signed(payload), head),
            Taken("head-newer", "Map keys that this version does not know: they are ignored.", Signed(NewerMap.Of(payload)), head),
            Taken("head-ahead", "Its time is 30 s ahead of the reader's, which is forgiven.", Signed(payload), head, (IndexVector.HeadTime / 1000) - 30),
            Refused("head-in-the-future", "31 s ahead.", Signed(payload), (IndexVector.HeadTime / 1000) - 31),
            Refused("head-by-code-key", "The region's code key signed it: a key has one use.", Signed(payload, "beijing-code")),
            Refused("head-by-another-region", "Tianjin's index key signs for Beijing.", Signed(payload, "tianjin-index")),
            Refused("head-of-another-region", "Beijing's index key signs a head that speaks of Tianjin.", Signed(StatusHeadDocument.EncodePayload(head with { Region = VectorWorld.Tianjin }))),
            Refused("head-by-a-key-over", "The key's time was over 631 s ago.", Signed(payload, "beijing-index-over")),
            Refused("head-before-its-key", "A head of a time when its key did not sign yet.", Signed(StatusHeadDocument.EncodePayload(head with { TimeMs = (VectorWorld.From * 1000L) - 1 }))),
            Refused("head-signed-as-a-batch", "Signed under external_aad CP1-FEED.", Sign("beijing-index", StatusFeedDocument.ExternalAad, payload)),
            Refused("head-changed", "One bit of its hash after it was signed.", CodeParts.Flip(Signed(payload), 60)),
            Refused("head-lists-descend", "Its lists are not in ascending order.", Signed(StatusHeadDocument.EncodePayload(head with { Lists = [.. head.Lists.Reverse()] }))),
            Refused("head-list-beyond-bound", "A list that the trust list's bound does not allow.", Signed(StatusHeadDocument.EncodePayload(head with { Lists = [head.Lists[0], head.Lists[1] with { List = VectorWorld.ListBound }] }))),
            Refused("head-negative", "A sequence number below 0.", Signed(With(payload, "seq", _ => [0x20]))),
            Refused("head-byte-behind", "A byte follows the signed document.", [.. Signed(payload), 0]));
    }

    internal static JsonArray Lists(StatusHead head) => new([.. head.Lists.Select(list => new JsonObject
    {
        ["list"] = list.List,
        ["root"] = Convert.ToHexStringLower(list.Root.Span),
        ["allocated"] = list.Allocated,
    })]);

    private static JsonObject Taken(string id, string why, byte[] document, StatusHead head, long now = VectorWorld.Now) => Of(
        id,
        why,
        document,
        Accepted(("seq", head.Seq), ("hash", Convert.ToHexStringLower(head.Hash.Span)), ("time", head.TimeMs), ("lists", Lists(head))),
        ("now", now));

    private static JsonObject Refused(string id, string why, byte[] document, long now = VectorWorld.Now) => Of(id, why, document, null, ("now", now));
}
