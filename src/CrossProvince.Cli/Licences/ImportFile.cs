using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Unicode;

namespace CrossProvince.Cli.Licences;

/// <summary>Reads JSON Lines; a line that is too long or not UTF-8 spoils itself only.</summary>
internal static class ImportFile
{
    /// <summary>Longest line, bytes.</summary>
    internal const int MaxLine = 256 * 1024;

    private static ReadOnlySpan<byte> ByteOrderMark => "\uFEFF"u8;

    /// <summary>Reads the lines that are not blank.</summary>
    /// <param name="stream">The file, standing at <paramref name="after"/>; closed at the end.</param>
    /// <param name="after">What was read before.</param>
    /// <param name="language">The language of faults.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    internal static async IAsyncEnumerable<ImportLine> ReadAsync(
        Stream stream, ImportPosition after, Language language, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 * 1024));
        var number = after.Line + 1;
        var end = after.Bytes;
        var tooLong = false;
        var completed = false;
        while (!completed)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            completed = read.IsCompleted;
            while (buffer.PositionOf((byte)'\n') is { } newLine)
            {
                var bytes = buffer.Slice(0, newLine);
                end += bytes.Length + 1;
                if (Line(number++, bytes, tooLong, end, language) is { } line)
                {
                    yield return line;
                }

                tooLong = false;
                buffer = buffer.Slice(buffer.GetPosition(1, newLine));
            }

            if (buffer.Length > MaxLine)
            {
                tooLong = true;
                end += buffer.Length;
                buffer = buffer.Slice(buffer.End);
            }

            if (completed && (buffer.Length > 0 || tooLong) && Line(number, buffer, tooLong, end + buffer.Length, language) is { } last)
            {
                yield return last;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }

        await reader.CompleteAsync();
    }

    private static ImportLine? Line(long number, ReadOnlySequence<byte> bytes, bool tooLong, long end, Language language)
    {
        if (tooLong || bytes.Length > MaxLine)
        {
            return new ImportLine(number, null, language.Say($"长于 {MaxLine} 字节", $"longer than {MaxLine} bytes"), end);
        }

        var line = bytes.ToArray();
        if (!Utf8.IsValid(line))
        {
            return new ImportLine(number, null, language.Say("不是 UTF-8 文本", "not UTF-8 text"), end);
        }

        var (first, last) = (0, line.Length);
        while (BlankAt(line.AsSpan(first, last - first)) is > 0 and var blank)
        {
            first += blank;
        }

        while (BlankBefore(line.AsSpan(first, last - first)) is > 0 and var blank)
        {
            last -= blank;
        }

        return last == first ? null : new ImportLine(number, last - first == line.Length ? line : line[first..last], null, end);
    }

    /// <summary>Bytes of what stands for nothing at the beginning of a line.</summary>
    private static int BlankAt(ReadOnlySpan<byte> line) => line.StartsWith(ByteOrderMark) ? ByteOrderMark.Length : line is [(byte)'\r' or (byte)' ' or (byte)'\t', ..] ? 1 : 0;

    /// <summary>The same at its end.</summary>
    private static int BlankBefore(ReadOnlySpan<byte> line) => line.EndsWith(ByteOrderMark) ? ByteOrderMark.Length : line is [.., (byte)'\r' or (byte)' ' or (byte)'\t'] ? 1 : 0;
}
