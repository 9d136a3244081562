using System.Formats.Cbor;
using System.IO.Compression;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Status;

/// <summary>A list's statuses for third parties: an IETF Status List Token in CWT form (draft-ietf-oauth-status-list-21).</summary>
/// <remarks>
/// The statuses are those of the licence index: 0 in force, 1 ended (the draft's INVALID), 2 suspended (SUSPENDED), 3 not active or never allocated
/// (application specific). The draft is not an RFC yet: its numbers stand here and nowhere else.
/// </remarks>
public static class StatusListToken
{
    /// <summary>Media type, and the protected header <c>typ</c>.</summary>
    public const string MediaType = "application/statuslist+cwt";

    private const int Algorithm = 1;
    private const int KeyIdentifier = 4;
    private const int Type = 16;
    private const int Subject = 2;
    private const int Expires = 4;
    private const int IssuedAt = 6;
    private const int Statuses = 65533;
    private const int TimeToLive = 65534;
    private const int BitsPerStatus = 2;

    /// <summary>Signs a list.</summary>
    /// <param name="list">The list as it was published.</param>
    /// <param name="uri">Where the token is fetched: its subject.</param>
    /// <param name="issuedAt">Unix seconds.</param>
    /// <param name="expiresAt">Unix seconds.</param>
    /// <param name="timeToLiveSeconds">How long who fetched it may keep it, seconds from the fetch.</param>
    /// <param name="indexKey">The region's index key.</param>
    /// <returns>COSE_Sign1 with tag 18, no tag 61.</returns>
    public static byte[] Sign(StatusListSnapshot list, string uri, long issuedAt, long expiresAt, int timeToLiveSeconds, ISigner indexKey)
    {
        var payload = new CborWriter(CborConformanceMode.Canonical);
        payload.WriteStartMap(5);
        payload.WriteInt32(Subject);
        payload.WriteTextString(uri);
        payload.WriteInt32(Expires);
        payload.WriteInt64(expiresAt);
        payload.WriteInt32(IssuedAt);
        payload.WriteInt64(issuedAt);
        payload.WriteInt32(Statuses);
        payload.WriteStartMap(2);
        payload.WriteTextString("lst");
        payload.WriteByteString(Compress(list.StatusBits()));
        payload.WriteTextString("bits");
        payload.WriteInt32(BitsPerStatus);
        payload.WriteEndMap();
        payload.WriteInt32(TimeToLive);
        payload.WriteInt32(timeToLiveSeconds);
        payload.WriteEndMap();
        return CoseSign1.Sign(indexKey, Header(indexKey.PublicKey), [], payload.Encode());
    }

    private static byte[] Header(PublicKey key)
    {
        Span<byte> id = stackalloc byte[KeyId.Size];
        key.Id.WriteBytes(id);
        var header = new CborWriter(CborConformanceMode.Canonical);
        header.WriteStartMap(3);
        header.WriteInt32(Algorithm);
        header.WriteInt32((int)key.Algorithm);
        header.WriteInt32(KeyIdentifier);
        header.WriteByteString(id);
        header.WriteInt32(Type);
        header.WriteTextString(MediaType);
        header.WriteEndMap();
        return header.Encode();
    }

    /// <summary>zlib, RFC 1950.</summary>
    private static byte[] Compress(byte[] bits)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.SmallestSize))
        {
            zlib.Write(bits);
        }

        return compressed.ToArray();
    }
}
