using System.Formats.Cbor;

namespace CrossProvince.Service.Licences;

/// <summary>What of a licence names a person, as it is sealed in one piece: its identifier, number, holder, fields, and who else may show it.</summary>
internal sealed record PersonalFields(
    string LicenceId, string Number, Party Holder, IReadOnlyDictionary<string, string> Fields, IReadOnlyList<Party> Guardians, IReadOnlyList<Party> Agents)
{
    /// <summary>First number of the encoding.</summary>
    private const int Version = 1;

    /// <summary>The part of a record that is sealed.</summary>
    public static PersonalFields Of(LicenceRecord record) => new(record.Id.ToString(), record.Number, record.Holder, record.Fields, record.Guardians, record.Agents);

    /// <summary>CBOR <c>[1, licence id, number, holder, {field: value}, [guardian, …], [agent, …]]</c>; a person is <c>[name, code, code type]</c>.</summary>
    public byte[] Encode()
    {
        var writer = new CborWriter(CborConformanceMode.Lax, initialCapacity: 512);
        writer.WriteStartArray(7);
        writer.WriteInt32(Version);
        writer.WriteTextString(LicenceId);
        writer.WriteTextString(Number);
        Write(writer, Holder);
        writer.WriteStartMap(Fields.Count);
        foreach (var (name, value) in Fields)
        {
            writer.WriteTextString(name);
            writer.WriteTextString(value);
        }

        writer.WriteEndMap();
        Write(writer, Guardians);
        Write(writer, Agents);
        writer.WriteEndArray();
        return writer.Encode();
    }

    /// <summary>Reads what <see cref="Encode"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is of a newer program.</exception>
    public static PersonalFields Decode(ReadOnlyMemory<byte> encoded)
    {
        var reader = new CborReader(encoded, CborConformanceMode.Lax);
        reader.ReadStartArray();
        if (reader.ReadInt32() != Version)
        {
            throw new InvalidDataException("A licence in the database was written by a newer program.");
        }

        var (id, number, holder) = (reader.ReadTextString(), reader.ReadTextString(), ReadParty(reader));
        var fields = new SortedDictionary<string, string>(StringComparer.Ordinal);
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            fields.Add(reader.ReadTextString(), reader.ReadTextString());
        }

        reader.ReadEndMap();
        var (guardians, agents) = (ReadParties(reader), ReadParties(reader));
        reader.ReadEndArray();
        return new PersonalFields(id, number, holder, fields, guardians, agents);
    }

    private static void Write(CborWriter writer, IReadOnlyList<Party> parties)
    {
        writer.WriteStartArray(parties.Count);
        foreach (var party in parties)
        {
            Write(writer, party);
        }

        writer.WriteEndArray();
    }

    private static void Write(CborWriter writer, Party party)
    {
        writer.WriteStartArray(3);
        writer.WriteTextString(party.Name);
        writer.WriteTextString(party.Code);
        writer.WriteTextString(party.CodeType);
        writer.WriteEndArray();
    }

    private static Party[] ReadParties(CborReader reader)
    {
        var parties = new Party[reader.ReadStartArray()!.Value];
        for (var i = 0; i < parties.Length; i++)
        {
            parties[i] = ReadParty(reader);
        }

        reader.ReadEndArray();
        return parties;
    }

    private static Party ReadParty(CborReader reader)
    {
        reader.ReadStartArray();
        var party = new Party(reader.ReadTextString(), reader.ReadTextString(), reader.ReadTextString());
        reader.ReadEndArray();
        return party;
    }
}
