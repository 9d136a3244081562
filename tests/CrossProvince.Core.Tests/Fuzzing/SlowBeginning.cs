using System.Text;

namespace CrossProvince.Core.Tests.Fuzzing;

/// <summary>Bytes that a code may begin with: every whole piece is right, and the bytes end within the next one.</summary>
internal sealed class SlowBeginning
{
    private const int LengthPiece = 3;
    private const int PayloadPiece = 4;
    private const int DisplayPiece = 18;
    private const int DisplayEndPiece = 23;

    // What each piece of a code is, and an example of it that goes with any others.
    private static readonly (Action<SlowBeginning> Read, string Example)[] s_pieces =
    [
        (b => b.Fixed("D284"), "D284"),
        (b => b.Header(), "49A20128044401020304"),
        (b => b.Fixed("A058"), "A058"),
        (b => b.PayloadLength(), "00"),
        (b => b.Fixed("A50166"), "A50166"),
        (b => b.Region(), "313130303030"),
        (b => b.Fixed("04"), "04"),
        (b => b.Time(), "1A00010000"),
        (b => b.Fixed("06"), "06"),
        (b => b.Time(), "1A00010000"),
        (b => b.Fixed("0748"), "0748"),
        (b => b.Any(8), "0000000000000000"),
        (b => b.Fixed("3A0001000086"), "3A0001000086"),
        (b => b.Number(0xFFFF), "00"),
        (b => b.Number(255), "00"),
        (b => b.Number(65_535), "00"),
        (b => b.Number((1 << 20) - 1), "00"),
        (b => b.Number(3), "00"),
        (b => b.Fixed("84"), "84"),
        (b => b.Text(), "60"),
        (b => b.Text(), "60"),
        (b => b.NullOr(() => b.Number(65_535)), "F6"),
        (b => b.NullOr(b.Text), "F6"),
        (b => b.DisplayEnd(), ""),
        (b => b.Fixed("5840"), "5840"),
        (b => b.Any(64), new string('0', 128)),
    ];

    private readonly byte[] _bytes;
    private readonly int[] _starts = new int[s_pieces.Length];
    private int _at;
    private int _piece;
    private int _payloadLength;

    private SlowBeginning(byte[] bytes) => _bytes = bytes;

    /// <summary>Reads the pieces; null if one is wrong or none is missing.</summary>
    public static SlowBeginning? Find(byte[] bytes)
    {
        var beginning = new SlowBeginning(bytes);
        try
        {
            for (; beginning._piece < s_pieces.Length; beginning._piece++)
            {
                beginning._starts[beginning._piece] = beginning._at;
                s_pieces[beginning._piece].Read(beginning);
            }

            return null;
        }
        catch (EndOfStreamException)
        {
            // A code that is as long as it says is whole, and wrong if a piece ends beyond.
            return beginning._piece > LengthPiece && bytes.Length >= beginning._starts[PayloadPiece] + beginning._payloadLength + 66 ? null : beginning;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>The whole pieces, examples of the others, and the length that this makes; null if the display has become longer than one may be.</summary>
    public byte[]? Complete()
    {
        byte[] Example(int from, int to) => [.. s_pieces[from..to].SelectMany(piece => Convert.FromHexString(piece.Example))];
        byte[] whole = _bytes[.._starts[_piece]];
        byte[] code = [.. whole, .. Example(_piece, s_pieces.Length)];
        if (_piece is > DisplayPiece and < DisplayEndPiece && whole.Length - _starts[DisplayPiece] + Example(_piece, DisplayEndPiece).Length > 54)
        {
            return null;
        }

        var lengthAt = 2 + 1 + (code[2] & 0x1F) + 2;
        code[lengthAt] = (byte)(code.Length - lengthAt - 1 - 66);
        return code;
    }

    private byte Next() => _at < _bytes.Length ? _bytes[_at++] : throw new EndOfStreamException();

    private void Fixed(string hex) => Array.ForEach(Convert.FromHexString(hex), expected => Require(Next() == expected));

    private byte[] Any(int length) => [.. Enumerable.Range(0, length).Select(_ => Next())];

    private void Header()
    {
        switch (Next())
        {
            case 0x4D:
                Fixed("A2013A000100000444");
                break;
            case 0x49:
                Fixed("A201280444");
                break;
            default:
                throw new FormatException();
        }

        Any(4);
    }

    private void PayloadLength()
    {
        _payloadLength = Next();
        Require(_payloadLength is >= 47 and <= 105);
    }

    private void Region()
    {
        for (var i = 0; i < 6; i++)
        {
            Require(Next() is >= (byte)'0' and <= (byte)'9' and var digit && (i > 0 || digit != '0'));
        }
    }

    private void Time()
    {
        Fixed("1A");
        Require(Value(Any(4)) >= 65_536);
    }

    private void Number(uint max) => Argument(0, max);

    private void Text()
    {
        var text = Any((int)Argument(3, 48));
        Require(SlowReader.IsNormal(StrictUtf8(text)));
    }

    private void NullOr(Action read)
    {
        if (_at < _bytes.Length && _bytes[_at] == 0xF6)
        {
            _at++;
        }
        else
        {
            read();
        }
    }

    private void DisplayEnd()
    {
        Require(_at - _starts[DisplayPiece] <= 54 && _at - _starts[PayloadPiece] == _payloadLength);
    }

    private uint Argument(int major, uint max)
    {
        var head = Next();
        Require(head >> 5 == major);
        var info = head & 0x1F;
        if (info < 24)
        {
            Require(info <= max);
            return (uint)info;
        }

        Require(info <= 26);
        var least = info == 24 ? 24u : info == 25 ? 256u : 65_536u;
        Require(least <= max);
        var value = Value(Any(1 << (info - 24)));
        Require(value >= least && value <= max);
        return value;
    }

    private static uint Value(byte[] bytes) => Convert.ToUInt32(Convert.ToHexString(bytes), 16);

    private static string StrictUtf8(byte[] text)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text);
        }
        catch (ArgumentException)
        {
            throw new FormatException();
        }
    }

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw new FormatException();
        }
    }
}
