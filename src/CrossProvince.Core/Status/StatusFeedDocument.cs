using System.Formats.Cbor;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;

namespace CrossProvince.Core.Status;

/// <summary>Some changes of a region's sequence as they travel: a COSE_Sign1 of its index key (docs/signed-documents.md, "Feed batch").</summary>
public static class StatusFeedDocument
{
    /// <summary>Most changes of a batch; who is further behind fetches chunks.</summary>
    public const int MaxChanges = 10_000;

    /// <summary>Most bytes of a document that are looked at: as many changes of at most 60 bytes, and room for keys yet unknown.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>What its signature is bound to besides the payload.</summary>
    public static ReadOnlySpan<byte> ExternalAad => "CP1-FEED"u8;

    /// <summary>Signs a batch.</summary>
    /// <param name="region">The region.</param>
    /// <param name="changes">Changes that follow one another, at least one.</param>
    /// <param name="headHash">Hash of the chain after the last, 32 bytes.</param>
    /// <param name="indexKey">The region's index key.</param>
    public static byte[] Sign(RegionCode region, IReadOnlyList<StatusChange> changes, ReadOnlySpan<byte> headHash, ISigner indexKey)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartMap(4);
        writer.WriteTextString("iss");
        writer.WriteTextString(region.ToString());
        writer.WriteTextString("records");
        writer.WriteStartArray(changes.Count);
        foreach (var change in changes)
        {
            writer.WriteEncodedValue(change.Encode());
        }

        writer.WriteEndArray();
        writer.WriteTextString("from_seq");
        writer.WriteInt64(changes[0].Seq);
        writer.WriteTextString("head_hash");
        writer.WriteByteString(headHash);
        writer.WriteEndMap();
        return CoseSign1.Sign(indexKey, ExternalAad, writer.Encode());
    }

    /// <summary>Checks the signature and reads the changes. How they stand to a copy, <see cref="StatusFeedBatch.Compare"/> says.</summary>
    /// <param name="document">Tagged COSE_Sign1.</param>
    /// <param name="trust">The trust list.</param>
    /// <param name="expected">The region that was asked.</param>
    /// <param name="nowUnixSeconds">Unix seconds.</param>
    /// <exception cref="StatusDocumentException">Not signed by a good index key of that region, of another region, malformed, or with a gap in itself.</exception>
    public static StatusFeedBatch Open(ReadOnlyMemory<byte> document, TrustList trust, RegionCode expected, long nowUnixSeconds)
    {
        if (document.Length > MaxBytes)
        {
            throw Refused(expected, $"it has {document.Length} bytes");
        }

        if (SignedDocument.Open(document, ExternalAad, trust, expected, KeyUse.Index, nowUnixSeconds, out var payload, out _) is { } reason)
        {
            throw Refused(expected, reason);
        }

        Feed feed;
        try
        {
            feed = CborFields.Read(payload, Read);
        }
        catch (CborContentException e)
        {
            throw Refused(expected, e.Message, e);
        }

        if (feed.Region != expected.ToString())
        {
            throw Refused(expected, "it is of another region");
        }

        for (var i = 0; i < feed.Changes.Count; i++)
        {
            if (feed.Changes[i].Seq != feed.FromSeq + i)
            {
                throw Refused(expected, $"change {feed.Changes[i].Seq} stands where {feed.FromSeq + i} should");
            }
        }

        return new StatusFeedBatch(feed.Changes, feed.HeadHash);
    }

    /// <summary>Checks the signature and reads the changes that lead from a copy to a head.</summary>
    /// <param name="document">Tagged COSE_Sign1.</param>
    /// <param name="trust">The trust list.</param>
    /// <param name="head">Where the changes must end: its number and hash.</param>
    /// <param name="seq">Number of the copy's last change.</param>
    /// <param name="chainHash">Hash of the chain up to it, 32 bytes.</param>
    /// <param name="nowUnixSeconds">Unix seconds.</param>
    /// <returns>Every change from the copy's next to the head's last, in order.</returns>
    /// <exception cref="StatusDocumentException">Not signed by a good index key of that region, malformed, with a gap, or of another chain than the copy or the head.</exception>
    public static IReadOnlyList<StatusChange> Open(ReadOnlyMemory<byte> document, TrustList trust, StatusHead head, long seq, ReadOnlyMemory<byte> chainHash, long nowUnixSeconds)
    {
        var batch = Open(document, trust, head.Region, nowUnixSeconds);
        if (!batch.HeadHash.Span.SequenceEqual(head.Hash.Span))
        {
            throw Refused(head.Region, $"it leads to another head than that of change {head.Seq}");
        }

        if (batch.FromSeq != seq + 1)
        {
            throw Refused(head.Region, $"change {batch.FromSeq} stands where {seq + 1} should");
        }

        return batch.ToSeq == head.Seq && batch.Compare(seq, chainHash.Span) == FeedOrder.Next
            ? batch.Changes
            : throw Refused(head.Region, $"its changes do not lead from change {seq} to the head's {head.Seq}");
    }

    private static StatusDocumentException Refused(RegionCode region, string reason, Exception? cause = null) => new($"The feed of region {region} is refused: {reason}.", cause!);

    private static Feed Read(CborReader reader)
    {
        string? region = null;
        long? from = null;
        List<StatusChange>? changes = null;
        ReadOnlyMemory<byte>? hash = null;
        reader.ReadMap(field =>
        {
            switch (field)
            {
                case "iss":
                    region = reader.ReadText(6);
                    return true;
                case "from_seq":
                    from = reader.ReadLong(1, long.MaxValue);
                    return true;
                case "records":
                    changes = reader.ReadArray(MaxChanges, () => ReadChange(reader));
                    return changes.Count > 0 ? true : throw new CborContentException("it has no changes");
                case "head_hash":
                    hash = reader.ReadBytes(Sm3.HashSize);
                    return true;
                default:
                    return false;
            }
        });
        return new Feed(CborFields.Need(region, "iss"), CborFields.Need(from, "from_seq"), CborFields.Need(changes, "records"), CborFields.Need(hash, "head_hash"));
    }

    private static StatusChange ReadChange(CborReader reader)
    {
        reader.ReadStartArray();
        var change = new StatusChange(
            reader.ReadLong(1, long.MaxValue),
            reader.ReadInstant(),
            reader.ReadInt(0, ushort.MaxValue),
            reader.ReadInt(0, StatusList.Capacity - 1),
            (LicenceStatus)reader.ReadInt(0, (int)LicenceStatus.NotActive),
            EntryTag.FromBytes(reader.ReadBytes(EntryTag.Size).Span),
            (StatusReason)reader.ReadInt(0, byte.MaxValue));
        reader.ReadEndArray();
        return change;
    }

    private sealed record Feed(string Region, long FromSeq, List<StatusChange> Changes, ReadOnlyMemory<byte> HeadHash);
}
