using System.Buffers.Binary;
using System.Text;
using CrossProvince.Core.Presentation;
using CsCheck;

namespace CrossProvince.Core.Tests.Fuzzing;

/// <summary>Codes put together from pieces, most of them right: what changes of bytes do not hit upon.</summary>
internal static class Pieces
{
    private static readonly byte[] s_signature = [.. Enumerable.Repeat((byte)1, 64)];

    private static readonly uint[] s_edges = [0, 1, 23, 24, 255, 256, 32_767, 32_768, 65_535, 65_536, (1 << 20) - 1, 1 << 20, uint.MaxValue];

    private static readonly byte[][] s_contents =
    [
        .. new[]
        {
            "", "A", "王*明", "1****************X", "é", "e\u0301", "\u212B", "\u1100\u1161", "\uAC00\u11A8", "\uF900", "\uFFFE", "\uFFFF", "\u0344", "\u0301", "𠮷", "…", "\uFEFF", "\u0000",
            new string('A', 23), new string('A', 24), new string('A', 47), new string('A', 48), new string('A', 49), new string('国', 16), new string('国', 17),
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE5, 0xBC], [0xF0, 0x9F, 0x98],
    ];

    // A number or the head of a text: shortest three times out of four, otherwise of any width.
    private static readonly Gen<byte[]> s_numbers =
        Gen.Select(Gen.OneOf(Gen.OneOf(s_edges), Gen.UInt[0, 30], Gen.UInt), Gen.Int[0, 19], (value, way) => Head(0, value, way < 15 ? -1 : way - 15));

    private static readonly Gen<byte[]> s_texts =
        Gen.Select(Gen.OneOf(s_contents), Gen.Int[0, 19], Gen.Int[0, 40], (content, way, by) => (byte[])
        [.. Head(by == 0 ? 2 : 3, (uint)(by == 1 ? content.Length + 1 : content.Length), way < 15 ? -1 : way - 15), .. content]);

    private static readonly Gen<byte[]> s_odd = Gen.OneOf<byte[]>([0xF6], [0xF7], [0xF4], [0x20], [0x40], [0x80], [0xA0], [0xC0, 0x00], [0x7F, 0x61, 0x41, 0xFF], [0xFB, 0, 0, 0, 0, 0, 0, 0, 0], [0x1F], [0xFF]);

    private static readonly Gen<byte[]> s_null = Gen.Const<byte[]>([0xF6]);

    private static readonly Gen<byte[]> s_times = Gen.OneOf(Gen.UInt.Select(value => Head(0, value, 2)), s_numbers);

    /// <summary>Texts of such codes.</summary>
    public static Gen<string> Codes { get; } = Gen.Select(
        Gen.Bool,
        Gen.Select(Usually("110000"u8.ToArray(), Gen.OneOf("010000"u8.ToArray(), "11000A"u8.ToArray(), "999999"u8.ToArray())), s_times, s_times),
        Gen.Select(Small(0xFFFF), Small(255), Small(65_535), Small((1 << 20) - 1), Small(3)),
        Gen.Select(Usually(s_texts), Usually(s_texts), Gen.OneOf(s_null, Small(65_535), s_odd), Gen.OneOf(s_null, s_texts, s_odd)),
        Gen.Int[-3, 40],
        (isSm2, start, numbers, display, off) => Write(
            isSm2,
            [
                0xA5, 0x01, 0x66, .. start.Item1, 0x04, .. start.Item2, 0x06, .. start.Item3, 0x07, 0x48, 1, 2, 3, 4, 5, 6, 7, 8, 0x3A, 0x00, 0x01, 0x00, 0x00, 0x86,
                .. numbers.Item1, .. numbers.Item2, .. numbers.Item3, .. numbers.Item4, .. numbers.Item5,
                0x84, .. display.Item1, .. display.Item2, .. display.Item3, .. display.Item4,
            ],
            off > 2 ? 0 : off));

    private static Gen<byte[]> Small(uint max) => Gen.Frequency((24, Gen.UInt[0, max].Select(value => Head(0, value, -1))), (1, s_numbers), (1, s_odd));

    private static Gen<byte[]> Usually(Gen<byte[]> right) => Gen.Frequency((24, right), (1, s_odd));

    private static Gen<byte[]> Usually(byte[] right, Gen<byte[]> others) => Gen.Frequency((24, Gen.Const(right)), (1, others));

    private static string Write(bool isSm2, byte[] payload, int off)
    {
        byte[] header = isSm2 ? [0x4D, 0xA2, 0x01, 0x3A, 0x00, 0x01, 0x00, 0x00, 0x04, 0x44, 1, 2, 3, 4] : [0x49, 0xA2, 0x01, 0x28, 0x04, 0x44, 1, 2, 3, 4];
        return PresentationText.Write([0xD2, 0x84, .. header, 0xA0, 0x58, (byte)(payload.Length + off), .. payload, 0x58, 0x40, .. s_signature]);
    }

    /// <summary>The head of an item: its argument within the first byte (−1: if it fits, else as short as can be), or in 1, 2, 4 or 8 bytes (0 to 3).</summary>
    private static byte[] Head(int major, uint value, int width)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        width = width >= 0 ? Math.Min(width, 3) : value < 24 ? -1 : value <= byte.MaxValue ? 0 : value <= ushort.MaxValue ? 1 : 2;
        return width < 0 ? [(byte)((major << 5) | (int)value)] : [(byte)((major << 5) | (24 + width)), .. bytes[^(1 << width)..]];
    }
}
