using System.Formats.Cbor;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Tests.Fuzzing;

/// <summary>A code that <see cref="SlowReader"/> has read.</summary>
internal sealed record SlowCode(byte[] Message, SignatureAlgorithm Algorithm, byte[] KeyId, PresentationClaims Claims, Display Display, byte[] Signature)
{
    /// <summary>Encodes what was read, by the CBOR library.</summary>
    public byte[] Encode()
    {
        var header = Open();
        header.WriteStartMap(2);
        header.WriteInt32(1);
        header.WriteInt32(Algorithm == SignatureAlgorithm.Sm2 ? -65537 : -9);
        header.WriteInt32(4);
        header.WriteByteString(KeyId);
        header.WriteEndMap();

        var message = Open();
        message.WriteTag((CborTag)18);
        message.WriteStartArray(4);
        message.WriteByteString(header.Encode());
        message.WriteStartMap(0);
        message.WriteEndMap();
        message.WriteByteString(EncodePayload());
        message.WriteByteString(Signature);
        message.WriteEndArray();
        return message.Encode();
    }

    private byte[] EncodePayload()
    {
        var payload = Open();
        payload.WriteStartMap(5);
        payload.WriteInt32(1);
        payload.WriteTextString(Claims.Region.ToString());
        payload.WriteInt32(4);
        payload.WriteInt64(Claims.ExpiresAt);
        payload.WriteInt32(6);
        payload.WriteInt64(Claims.IssuedAt);
        payload.WriteInt32(7);
        payload.WriteByteString(Convert.FromHexString($"{Claims.Showing}{Claims.CodeNumber:X4}"));
        payload.WriteInt32(-65537);
        payload.WriteStartArray(6);
        payload.WriteInt32(Claims.LicenceType | (Claims.Specimen ? 0x8000 : 0));
        payload.WriteInt32(Claims.Scenario);
        payload.WriteInt32(Claims.List);
        payload.WriteInt32(Claims.Index);
        payload.WriteInt32((int)Claims.Presenter);
        payload.WriteStartArray(4);
        payload.WriteTextString(Display.Name);
        payload.WriteTextString(Display.Number);
        if (Display.LastValidDay is { } day)
        {
            payload.WriteInt32(day);
        }
        else
        {
            payload.WriteNull();
        }

        if (Display.Extra is { } extra)
        {
            payload.WriteTextString(extra);
        }
        else
        {
            payload.WriteNull();
        }

        payload.WriteEndArray();
        payload.WriteEndArray();
        payload.WriteEndMap();
        return payload.Encode();
    }

    private static CborWriter Open() => new(CborConformanceMode.Canonical);
}
