using System.Formats.Cbor;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;

namespace CrossProvince.Core.Status;

/// <summary>The head of a region's licence index as it travels: a COSE_Sign1 of its index key (docs/signed-documents.md).</summary>
public static class StatusHeadDocument
{
    /// <summary>Most bytes of a document that are looked at: 65,536 lists of at most 72 bytes.</summary>
    public const int MaxBytes = 5 << 20;

    /// <summary>How far a head's time may lie ahead of the reader's clock, in seconds.</summary>
    public const int MaxSkewSeconds = 30;

    /// <summary>What its signature is bound to besides the payload.</summary>
    public static ReadOnlySpan<byte> ExternalAad => "CP1-HEAD"u8;

    /// <summary>The payload to be signed: deterministic CBOR.</summary>
    public static byte[] EncodePayload(StatusHead head)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartMap(5);
        writer.WriteTextString("iss");
        writer.WriteTextString(head.Region.ToString());
        writer.WriteTextString("seq");
        writer.WriteInt64(head.Seq);
        writer.WriteTextString("hash");
        writer.WriteByteString(head.Hash.Span);
        writer.WriteTextString("time");
        writer.WriteInt64(head.TimeMs);
        writer.WriteTextString("lists");
        writer.WriteStartArray(head.Lists.Count);
        foreach (var list in head.Lists)
        {
            writer.WriteStartMap(3);
            writer.WriteTextString("list");
            writer.WriteInt32(list.List);
            writer.WriteTextString("root");
            writer.WriteByteString(list.Root.Span);
            writer.WriteTextString("allocated");
            writer.WriteInt32(list.Allocated);
            writer.WriteEndMap();
        }

        writer.WriteEndArray();
        writer.WriteEndMap();
        return writer.Encode();
    }

    /// <summary>Signs a head.</summary>
    /// <param name="head">The head.</param>
    /// <param name="indexKey">The region's index key.</param>
    public static byte[] Sign(StatusHead head, ISigner indexKey) => CoseSign1.Sign(indexKey, ExternalAad, EncodePayload(head));

    /// <summary>Checks the signature and reads the head.</summary>
    /// <param name="document">Tagged COSE_Sign1.</param>
    /// <param name="trust">The trust list.</param>
    /// <param name="expected">The region that was asked.</param>
    /// <param name="nowUnixSeconds">Unix seconds.</param>
    /// <exception cref="StatusDocumentException">Not signed by a good index key of that region, of another region, from the future, or malformed. Whether it is older than what is held, <see cref="RegionIndex.Follow"/> says.</exception>
    public static StatusHead Open(ReadOnlyMemory<byte> document, TrustList trust, RegionCode expected, long nowUnixSeconds)
    {
        if (trust.FindRegion(expected) is not { } region)
        {
            throw new StatusDocumentException($"The trust list doesn't have region {expected}.");
        }

        if (document.Length > MaxBytes)
        {
            throw Refused(expected, $"it has {document.Length} bytes");
        }

        if (SignedDocument.Open(document, ExternalAad, trust, expected, KeyUse.Index, nowUnixSeconds, out var payload, out var key) is { } reason)
        {
            throw Refused(expected, reason);
        }

        StatusHead head;
        try
        {
            head = CborFields.Read(payload, reader => ReadHead(reader, region.ListBound));
        }
        catch (CborContentException e)
        {
            throw Refused(expected, e.Message, e);
        }

        if (head.Region != expected)
        {
            throw Refused(expected, $"it speaks of region {head.Region}");
        }

        if (head.TimeMs > (nowUnixSeconds + MaxSkewSeconds) * 1000)
        {
            throw Refused(expected, "its time lies in the future");
        }

        return key!.MaySignAt(head.TimeMs / 1000) ? head : throw Refused(expected, "its key didn't sign at that time");
    }

    private static StatusDocumentException Refused(RegionCode region, string reason, Exception? cause = null) =>
        new($"The head of region {region} is refused: {reason}.", cause!);

    private static StatusHead ReadHead(CborReader reader, int listBound)
    {
        string? region = null;
        long? seq = null;
        ReadOnlyMemory<byte>? hash = null;
        long? time = null;
        List<ListHead>? lists = null;
        reader.ReadMap(field =>
        {
            switch (field)
            {
                case "iss":
                    region = reader.ReadText(6);
                    return true;
                case "seq":
                    seq = reader.ReadLong(0, long.MaxValue);
                    return true;
                case "hash":
                    hash = reader.ReadBytes(Sm3.HashSize);
                    return true;
                case "time":
                    time = reader.ReadInstant();
                    return true;
                case "lists":
                    lists = reader.ReadArray(listBound, () => ReadList(reader, listBound));
                    return true;
                default:
                    return false;
            }
        });
        return CborFields.Need(lists, "lists").Zip(lists!.Skip(1)).All(pair => pair.First.List < pair.Second.List)
            ? new StatusHead(RegionCode.Parse(CborFields.Need(region, "iss")), CborFields.Need(seq, "seq"), CborFields.Need(hash, "hash"), CborFields.Need(time, "time"), lists!)
            : throw new CborContentException("its lists don't ascend");
    }

    private static ListHead ReadList(CborReader reader, int listBound)
    {
        int? list = null;
        ReadOnlyMemory<byte>? root = null;
        int? allocated = null;
        reader.ReadMap(field =>
        {
            switch (field)
            {
                case "list":
                    list = reader.ReadInt(0, listBound - 1);
                    return true;
                case "root":
                    root = reader.ReadBytes(Sm3.HashSize);
                    return true;
                case "allocated":
                    allocated = reader.ReadInt(0, StatusList.Capacity);
                    return true;
                default:
                    return false;
            }
        });
        return new ListHead(CborFields.Need(list, "list"), CborFields.Need(root, "root"), CborFields.Need(allocated, "allocated"));
    }
}
