using System.Buffers.Binary;
using System.Numerics;

namespace CrossProvince.Service.Recording;

/// <summary>What is found where a frame should begin.</summary>
internal enum FrameState
{
    /// <summary>Not all of it is there: more bytes are needed, or its writing was cut short.</summary>
    Cut,

    /// <summary>It is no frame, or was changed.</summary>
    Bad,

    /// <summary>It is as it was written.</summary>
    Whole,
}

/// <summary>One record in a file of the spool: a header of 20 bytes, little endian, and the body.</summary>
/// <remarks>
/// Bytes 0–3 length of the body, 4–11 sequence number, 12–15 CRC-32C of these twelve, 16–19 CRC-32C of header and body. That the header has a sum of its own tells
/// a frame whose writing was cut short, at the end of a file, from one whose length was changed.
/// </remarks>
internal static class SpoolFrame
{
    public const int HeaderBytes = 20;

    /// <summary>No body is longer.</summary>
    public const int LongestBody = 64 * 1024;

    private const int SequenceAt = 4;
    private const int HeaderSumAt = 12;
    private const int BodySumAt = 16;

    public static int BodyLength(ReadOnlySpan<byte> frame) => (int)BinaryPrimitives.ReadUInt32LittleEndian(frame);

    public static long Sequence(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadInt64LittleEndian(frame[SequenceAt..]);

    public static ReadOnlySpan<byte> Body(ReadOnlySpan<byte> frame) => frame.Slice(HeaderBytes, BodyLength(frame));

    /// <summary>Writes down how long the body is; the rest of the header follows with <see cref="Seal"/>.</summary>
    public static void Begin(Span<byte> frame, int bodyLength) => BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)bodyLength);

    /// <summary>Completes the header of a frame whose body stands.</summary>
    /// <returns>Length of the frame.</returns>
    public static int Seal(Span<byte> frame, long sequence)
    {
        BinaryPrimitives.WriteInt64LittleEndian(frame[SequenceAt..], sequence);
        var sum = Sum(uint.MaxValue, frame[..HeaderSumAt]);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[HeaderSumAt..], ~sum);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[BodySumAt..], ~Sum(sum, Body(frame)));
        return HeaderBytes + BodyLength(frame);
    }

    /// <summary>Looks at what begins here.</summary>
    /// <param name="bytes">From the frame's first byte on.</param>
    /// <param name="needed">How many bytes tell more when it is cut; the frame's length when it is whole.</param>
    public static FrameState Check(ReadOnlySpan<byte> bytes, out int needed)
    {
        needed = HeaderBytes;
        if (bytes.Length < HeaderBytes)
        {
            return FrameState.Cut;
        }

        var sum = Sum(uint.MaxValue, bytes[..HeaderSumAt]);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (~sum != BinaryPrimitives.ReadUInt32LittleEndian(bytes[HeaderSumAt..]) || length is 0 or > LongestBody)
        {
            return FrameState.Bad;
        }

        needed += (int)length;
        return bytes.Length < needed ? FrameState.Cut
            : ~Sum(sum, bytes[HeaderBytes..needed]) == BinaryPrimitives.ReadUInt32LittleEndian(bytes[BodySumAt..]) ? FrameState.Whole
            : FrameState.Bad;
    }

    /// <summary>CRC-32C (Castagnoli), which processors compute.</summary>
    private static uint Sum(uint sum, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var b in bytes)
        {
            sum = BitOperations.Crc32C(sum, b);
        }

        return sum;
    }
}
