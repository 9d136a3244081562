using System.Formats.Cbor;

namespace CrossProvince.Service.Licences;

/// <summary>What can be disclosed of a licence, compact enough to be kept for each. Days count from 1970-01-01.</summary>
internal sealed record LicenceFields(
    string Number, string HolderName, string HolderCode, string IssuerName, string IssuerCode, int IssuedOn, int ValidFrom, int? ValidUntil, IReadOnlyDictionary<string, string> Fields)
{
    /// <summary>First number of the encoding; another means another layout, which is read afresh from the database.</summary>
    private const int Version = 1;

    /// <summary>A field by the name that scenarios give it; null when the licence has none such.</summary>
    public string? Find(string name) => name switch
    {
        "holder.name" => HolderName,
        "holder.code" => HolderCode,
        "number" => Number,
        "issuer.name" => IssuerName,
        "issuer.code" => IssuerCode,
        "issued_on" => ChinaDate.ToText(IssuedOn),
        "valid_from" => ChinaDate.ToText(ValidFrom),
        "valid_until" => ChinaDate.ToText(ValidUntil),
        _ => name.StartsWith("fields.", StringComparison.Ordinal) ? Fields.GetValueOrDefault(name["fields.".Length..]) : null,
    };

    /// <summary>CBOR <c>[1, number, holder name, holder code, issuer name, issuer code, issued on, valid from, valid until or null, {field: value}]</c>.</summary>
    public byte[] Encode()
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartArray(10);
        writer.WriteInt32(Version);
        foreach (var text in new[] { Number, HolderName, HolderCode, IssuerName, IssuerCode })
        {
            writer.WriteTextString(text);
        }

        writer.WriteInt32(IssuedOn);
        writer.WriteInt32(ValidFrom);
        if (ValidUntil is { } until)
        {
            writer.WriteInt32(until);
        }
        else
        {
            writer.WriteNull();
        }

        writer.WriteStartMap(Fields.Count);
        foreach (var (name, value) in Fields)
        {
            writer.WriteTextString(name);
            writer.WriteTextString(value);
        }

        writer.WriteEndMap();
        writer.WriteEndArray();
        return writer.Encode();
    }

    /// <summary>Reads what <see cref="Encode"/> wrote.</summary>
    /// <returns>Null when it is of another version.</returns>
    public static LicenceFields? Decode(ReadOnlyMemory<byte> encoded)
    {
        var reader = new CborReader(encoded, CborConformanceMode.Canonical);
        reader.ReadStartArray();
        if (reader.ReadInt32() != Version)
        {
            return null;
        }

        var texts = Enumerable.Range(0, 5).Select(_ => reader.ReadTextString()).ToArray();
        var (issued, from) = (reader.ReadInt32(), reader.ReadInt32());
        int? until = null;
        if (reader.PeekState() == CborReaderState.Null)
        {
            reader.ReadNull();
        }
        else
        {
            until = reader.ReadInt32();
        }

        var fields = new SortedDictionary<string, string>(StringComparer.Ordinal);
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            fields.Add(reader.ReadTextString(), reader.ReadTextString());
        }

        reader.ReadEndMap();
        reader.ReadEndArray();
        return new LicenceFields(texts[0], texts[1], texts[2], texts[3], texts[4], issued, from, until, fields);
    }
}
