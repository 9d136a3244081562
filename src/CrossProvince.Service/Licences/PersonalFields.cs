using System.Buffers;
using System.Buffers.Binary;
using System.Formats.Cbor;
using System.Text;

namespace CrossProvince.Service.Licences;

/// <summary>What of a licence names a person, as it is sealed in one piece: its identifier, number, holder, fields, and who else may show it.</summary>
internal sealed record PersonalFields(
    string LicenceId, string Number, Party Holder, IReadOnlyDictionary<string, string> Fields, IReadOnlyList<Party> Guardians, IReadOnlyList<Party> Agents)
{
    /// <summary>First number of the encoding.</summary>
    private const int Version = 1;

    private const byte NumberHead = 0x00;
    private const byte TextHead = 0x60;
    private const byte ArrayHead = 0x80;
    private const byte MapHead = 0xA0;

    /// <summary>Most bytes before a text, and before all that is not text.</summary>
    private const int LongestHead = 5;
    private const int MostHeadBytes = 32;

    /// <summary>The part of a record that is sealed.</summary>
    public static PersonalFields Of(LicenceRecord record) => new(record.Id.ToString(), record.Number, record.Holder, record.Fields, record.Guardians, record.Agents);

    /// <summary>CBOR <c>[1, licence id, number, holder, {field: value}, [guardian, …], [agent, …]]</c>; a person is <c>[name, code, code type]</c>.</summary>
    /// <remarks>Written by hand, as imports write some ten thousand a second.</remarks>
    public byte[] Encode()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(
            MostHeadBytes + MostBytes(LicenceId) + MostBytes(Number) + MostBytes(Holder) + Fields.Sum(field => MostBytes(field.Key) + MostBytes(field.Value)) + Guardians.Sum(MostBytes) + Agents.Sum(MostBytes));
        try
        {
            var length = WriteHead(buffer, ArrayHead, 7);
            length += WriteHead(buffer.AsSpan(length), NumberHead, Version);
            length += Write(buffer.AsSpan(length), LicenceId);
            length += Write(buffer.AsSpan(length), Number);
            length += Write(buffer.AsSpan(length), Holder);
            length += WriteHead(buffer.AsSpan(length), MapHead, Fields.Count);
            foreach (var (name, value) in Fields)
            {
                length += Write(buffer.AsSpan(length), name);
                length += Write(buffer.AsSpan(length), value);
            }

            length += Write(buffer.AsSpan(length), Guardians);
            length += Write(buffer.AsSpan(length), Agents);
            return buffer[..length];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
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

    private static int MostBytes(Party party) => MostBytes(party.Name) + MostBytes(party.Code) + MostBytes(party.CodeType) + LongestHead;

    private static int MostBytes(string text) => Encoding.UTF8.GetMaxByteCount(text.Length) + LongestHead;

    private static int Write(Span<byte> to, IReadOnlyList<Party> parties)
    {
        var length = WriteHead(to, ArrayHead, parties.Count);
        for (var i = 0; i < parties.Count; i++)
        {
            length += Write(to[length..], parties[i]);
        }

        return length;
    }

    private static int Write(Span<byte> to, Party party)
    {
        var length = WriteHead(to, ArrayHead, 3);
        length += Write(to[length..], party.Name);
        length += Write(to[length..], party.Code);
        return length + Write(to[length..], party.CodeType);
    }

    private static int Write(Span<byte> to, string text)
    {
        var head = WriteHead(to, TextHead, Encoding.UTF8.GetByteCount(text));
        return head + Encoding.UTF8.GetBytes(text, to[head..]);
    }

    /// <summary>RFC 8949 §3: major type and number, in the shortest form.</summary>
    private static int WriteHead(Span<byte> to, byte major, int value)
    {
        switch (value)
        {
            case < 24:
                to[0] = (byte)(major | value);
                return 1;
            case <= byte.MaxValue:
                (to[0], to[1]) = ((byte)(major | 24), (byte)value);
                return 2;
            case <= ushort.MaxValue:
                to[0] = (byte)(major | 25);
                BinaryPrimitives.WriteUInt16BigEndian(to[1..], (ushort)value);
                return 3;
            default:
                to[0] = (byte)(major | 26);
                BinaryPrimitives.WriteInt32BigEndian(to[1..], value);
                return 5;
        }
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
