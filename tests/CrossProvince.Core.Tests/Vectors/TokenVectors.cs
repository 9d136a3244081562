using System.Buffers.Binary;
using System.Formats.Cbor;
using System.Text.Json.Nodes;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using static CrossProvince.Core.Tests.Vectors.DocumentVector;

namespace CrossProvince.Core.Tests.Vectors;

/// <summary>status-tokens.json: status lists in the form of the IETF draft, for third parties.</summary>
internal static class TokenVectors
{
    internal const string Uri = "https://node.110000.example:7443/v1/statuslists/110000/0";
    private const long IssuedAt = VectorWorld.Now - 1;
    private const long ExpiresAt = VectorWorld.Now + 86_400;
    private const int TimeToLive = 60;

    internal static JsonObject Make()
    {
        var list = IndexVector.All[0].Build().Snapshot.Lists[0];
        var bits = list.StatusBits();
        var payload = Payload(Stored(bits));
        var statuses = new JsonObject();
        foreach (var licence in VectorLicence.All.Where(licence => licence.Region == VectorWorld.Beijing && licence.List == 0))
        {
            statuses[$"{licence.Index}"] = (int)licence.Status;
        }

        return File(
            "Status List Tokens (CWT) of 110000's list 0, fetched from uri at now (Unix seconds). Two bits an entry, the first in the least significant bits, packed by zlib; an entry that was never "
            + "given out says 3. length is how many entries there are: an index beyond is refused. The packing here only stores, so that the files come out the same everywhere; readers unpack any.",
            Of("token", "The region's index key signed it.", Signed(payload), Accepted(("iat", IssuedAt), ("exp", ExpiresAt), ("ttl", TimeToLive), ("length", bits.Length * 4), ("statuses", statuses)), Given()),
            Refused("token-by-code-key", "The region's code key signed it.", Signed(payload, "beijing-code")),
            Refused("token-changed", "One bit after it was signed.", CodeParts.Flip(Signed(payload), 150)),
            Refused("token-of-another-type", "The header's typ is another.", Signed(payload, type: "application/statuslist+jwt")),
            Refused("token-of-another-list", "Its subject is another list than the one asked for.", Signed(Payload(Stored(bits), Uri[..^1] + "1"))),
            Refused("token-expired", "Its end has come.", Signed(payload), ExpiresAt),
            Refused("token-not-packed", "The list is not zlib data.", Signed(Payload(bits))),
            Refused("token-bits-unknown", "Three bits an entry.", Signed(Payload(Stored(bits), bitsPerStatus: 3))),
            Refused("token-cut", "The last byte is missing.", Signed(payload)[..^1]));
    }

    private static JsonObject Refused(string id, string why, byte[] document, long now = VectorWorld.Now) => Of(id, why, document, null, Given(now));

    private static (string Name, JsonNode? Value)[] Given(long now = VectorWorld.Now) => [("uri", Uri), ("now", now)];

    private static byte[] Signed(byte[] payload, string key = "beijing-index", string type = StatusListToken.MediaType)
    {
        var signer = VectorKeys.Of(key);
        var id = new byte[KeyId.Size];
        signer.PublicKey.Id.WriteBytes(id);
        var header = new CborWriter(CborConformanceMode.Canonical);
        header.WriteStartMap(3);
        header.WriteInt32(1);
        header.WriteInt32((int)signer.PublicKey.Algorithm);
        header.WriteInt32(4);
        header.WriteByteString(id);
        header.WriteInt32(16);
        header.WriteTextString(type);
        header.WriteEndMap();
        return CoseSign1.Sign(signer, header.Encode(), [], payload);
    }

    private static byte[] Payload(byte[] packed, string subject = Uri, int bitsPerStatus = 2)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartMap(5);
        writer.WriteInt32(2);
        writer.WriteTextString(subject);
        writer.WriteInt32(4);
        writer.WriteInt64(ExpiresAt);
        writer.WriteInt32(6);
        writer.WriteInt64(IssuedAt);
        writer.WriteInt32(65533);
        writer.WriteStartMap(2);
        writer.WriteTextString("lst");
        writer.WriteByteString(packed);
        writer.WriteTextString("bits");
        writer.WriteInt32(bitsPerStatus);
        writer.WriteEndMap();
        writer.WriteInt32(65534);
        writer.WriteInt32(TimeToLive);
        writer.WriteEndMap();
        return writer.Encode();
    }

    /// <summary>zlib (RFC 1950) of one block that is stored as it is (RFC 1951 §3.2.4): other packers come out differently with each version.</summary>
    private static byte[] Stored(byte[] bytes)
    {
        var (a, b) = (1u, 0u);
        foreach (var value in bytes)
        {
            a = (a + value) % 65_521;
            b = (b + a) % 65_521;
        }

        var head = new byte[] { 0x78, 0x01, 0x01, 0, 0, 0, 0 };
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(3), (ushort)bytes.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(5), (ushort)~bytes.Length);
        var check = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(check, (b << 16) | a);
        return [.. head, .. bytes, .. check];
    }
}
