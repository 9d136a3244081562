using System.Buffers;
using System.Text;

namespace CrossProvince.Service.Federation.Reporting;

/// <summary>Uses that one region is owed, in one piece of bytes, some forty a use: so that to owe them, to read them back and to be rid of them costs next to nothing for each (docs/adr/0067).</summary>
/// <remarks>
/// A byte for the version, then use after use: a byte of flags; the id, 16 bytes; milliseconds since the use before, as whole number; the four texts; scenario, verdict, list, index,
/// showing, code, presenter and mode. Numbers take seven bits a byte. A text is the number of its first appearance in the block, and follows there. No column is in it that the
/// issuing region does not hear of.
/// </remarks>
internal sealed class UseBlock
{
    /// <summary>Uses of one block: as many as one message takes.</summary>
    public const int MostUses = ReportIntake.MostOfOneMessage;

    private const byte Version = 1;
    private const int IdBytes = 16;
    private const byte Repeated = 1;

    /// <summary>The id is no 32 hexadecimal digits, and stands among the texts.</summary>
    private const byte OddId = 2;

    private const int LongestNumber = 10;

    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _knownTexts;
    private long _last;

    public UseBlock()
    {
        _knownTexts = _texts.GetAlternateLookup<ReadOnlySpan<char>>();
        _bytes.Write([Version]);
    }

    public int Count { get; private set; }

    /// <summary>Time of the oldest use, Unix milliseconds.</summary>
    public long Time { get; private set; } = long.MaxValue;

    /// <summary>Time of the newest.</summary>
    public long Until { get; private set; } = long.MinValue;

    /// <summary>The oldest's.</summary>
    public string VerificationId { get; private set; } = "";

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    /// <summary>Appends a use.</summary>
    public void Add(in RecordedUse use)
    {
        Span<byte> id = stackalloc byte[IdBytes];
        var isOdd = !TryReadId(use.VerificationId, id);
        _bytes.Write([(byte)((use.Repeated ? Repeated : 0) | (isOdd ? OddId : 0))]);
        if (isOdd)
        {
            Write(use.VerificationId);
        }
        else
        {
            _bytes.Write(id);
        }

        Write(use.Time - _last);
        _last = use.Time;
        Write(use.Caller);
        Write(use.OnBehalfOf);
        Write(use.TerminalId);
        Write(use.Disclosed);
        Write((uint)use.Scenario);
        Write((uint)use.Verdict);
        Write((uint)use.ListNumber);
        Write((uint)use.ListIndex);
        Write(use.Showing);
        Write((uint)use.CodeNumber);
        Write((uint)use.Presenter);
        Write((uint)use.Mode);
        Count++;
        Until = Math.Max(Until, use.Time);
        if (use.Time < Time)
        {
            (Time, VerificationId) = (use.Time, Encoding.UTF8.GetString(use.VerificationId));
        }
    }

    /// <summary>Reads a block.</summary>
    /// <exception cref="InvalidDataException">A newer program wrote it, or it is damaged.</exception>
    public static List<UnreportedUse> Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        try
        {
            if (reader.ReadByte() != Version)
            {
                throw new InvalidDataException("What is owed to the region was written by a newer program.");
            }

            var (uses, texts, time) = (new List<UnreportedUse>(MostUses), new List<string>(), 0L);
            while (reader.BaseStream.Position < bytes.Length)
            {
                uses.Add(Read(reader, texts, ref time));
            }

            return uses;
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentOutOfRangeException)
        {
            throw new InvalidDataException("What is owed to the region is damaged (owed_uses).", e);
        }
    }

    // In the order of the bytes: initialisers are evaluated as they stand.
    private static UnreportedUse Read(BinaryReader reader, List<string> texts, ref long time)
    {
        var flags = reader.ReadByte();
        return new UnreportedUse
        {
            VerificationId = (flags & OddId) != 0 ? ReadText(reader, texts) : Convert.ToHexStringLower(ReadBytes(reader, IdBytes)),
            Time = time += reader.Read7BitEncodedInt64(),
            Caller = ReadText(reader, texts),
            OnBehalfOf = ReadText(reader, texts),
            TerminalId = ReadText(reader, texts),
            Disclosed = ReadText(reader, texts),
            Scenario = reader.Read7BitEncodedInt(),
            Verdict = reader.Read7BitEncodedInt(),
            ListNumber = reader.Read7BitEncodedInt(),
            ListIndex = reader.Read7BitEncodedInt(),
            Showing = reader.Read7BitEncodedInt64(),
            CodeNumber = reader.Read7BitEncodedInt(),
            Presenter = reader.Read7BitEncodedInt(),
            Mode = reader.Read7BitEncodedInt(),
            Repeated = (flags & Repeated) != 0,
        };
    }

    private static byte[] ReadBytes(BinaryReader reader, int count) =>
        count <= reader.BaseStream.Length - reader.BaseStream.Position ? reader.ReadBytes(count) : throw new EndOfStreamException();

    private static string ReadText(BinaryReader reader, List<string> texts)
    {
        var number = reader.Read7BitEncodedInt();
        if (number == texts.Count)
        {
            texts.Add(Encoding.UTF8.GetString(ReadBytes(reader, reader.Read7BitEncodedInt())));
        }

        return texts[number];
    }

    /// <summary>Sixteen bytes of 32 hexadecimal digits in lower case.</summary>
    private static bool TryReadId(ReadOnlySpan<byte> text, Span<byte> id)
    {
        foreach (var digit in text)
        {
            if (!char.IsAsciiHexDigitLower((char)digit))
            {
                return false;
            }
        }

        return text.Length == 2 * IdBytes && Convert.FromHexString(text, id, out _, out _) == OperationStatus.Done;
    }

    /// <summary>Seven bits a byte, the lowest first, as <see cref="BinaryReader.Read7BitEncodedInt64"/> reads them.</summary>
    private void Write(long number)
    {
        var bytes = _bytes.GetSpan(LongestNumber);
        var (length, rest) = (0, (ulong)number);
        for (; rest > 127; rest >>= 7)
        {
            bytes[length++] = (byte)(rest | 128);
        }

        bytes[length++] = (byte)rest;
        _bytes.Advance(length);
    }

    private void Write(ReadOnlySpan<byte> utf8)
    {
        const int Most = 256;
        var characters = utf8.Length <= Most ? stackalloc char[Most] : new char[utf8.Length];
        characters = characters[..Encoding.UTF8.GetChars(utf8, characters)];
        if (_knownTexts.TryGetValue(characters, out var number))
        {
            Write((uint)number);
            return;
        }

        Write((uint)_texts.Count);
        _texts.Add(characters.ToString(), _texts.Count);
        Write((uint)utf8.Length);
        _bytes.Write(utf8);
    }
}
