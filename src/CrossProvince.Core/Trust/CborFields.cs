using System.Diagnostics.CodeAnalysis;
using System.Formats.Cbor;

namespace CrossProvince.Core.Trust;

/// <summary>Reads deterministic CBOR of signed documents: known fields within bounds, unknown keys skipped, anything else a <see cref="CborContentException"/>.</summary>
internal static class CborFields
{
    /// <summary>Reads one whole document, with nothing after it.</summary>
    /// <exception cref="CborContentException">The document is wrong; the message says how.</exception>
    internal static T Read<T>(ReadOnlyMemory<byte> encoded, Func<CborReader, T> read)
    {
        try
        {
            var reader = new CborReader(encoded, CborConformanceMode.Canonical);
            var value = read(reader);
            return reader.BytesRemaining == 0 ? value : throw new CborContentException("something follows the document");
        }
        catch (Exception e) when (e is InvalidOperationException or OverflowException or FormatException)
        {
            throw new CborContentException(e.Message, e);
        }
    }

    /// <summary>Reads one whole document, with nothing after it.</summary>
    /// <returns>Whether it is well formed.</returns>
    internal static bool TryRead<T>(ReadOnlyMemory<byte> encoded, Func<CborReader, T> read, [NotNullWhen(true)] out T? value)
        where T : class
    {
        try
        {
            value = Read(encoded, read);
            return true;
        }
        catch (CborContentException)
        {
            value = null;
            return false;
        }
    }

    /// <summary>Reads a map with text keys.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="readField">Reads the value of a key that it knows and answers true; for one it doesn't know it reads nothing and answers false.</param>
    internal static void ReadMap(this CborReader reader, Func<string, bool> readField)
    {
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            if (!readField(reader.ReadTextString()))
            {
                reader.SkipValue();
            }
        }

        reader.ReadEndMap();
    }

    /// <summary>Reads an array of at most so many items.</summary>
    internal static List<T> ReadArray<T>(this CborReader reader, int max, Func<T> readItem)
    {
        var count = reader.ReadStartArray();
        if (count > max)
        {
            throw new CborContentException($"an array has {count} items, more than {max}");
        }

        var items = new List<T>();
        while (reader.PeekState() != CborReaderState.EndArray)
        {
            items.Add(readItem());
        }

        reader.ReadEndArray();
        return items;
    }

    /// <summary>Reads an integer within bounds.</summary>
    internal static long ReadLong(this CborReader reader, long min, long max)
    {
        var value = reader.ReadInt64();
        return value >= min && value <= max ? value : throw new CborContentException($"{value} is not within {min} to {max}");
    }

    /// <summary>Reads an integer within bounds.</summary>
    internal static int ReadInt(this CborReader reader, int min, int max) => (int)reader.ReadLong(min, max);

    /// <summary>Reads an instant, in seconds or milliseconds since 1970.</summary>
    internal static long ReadInstant(this CborReader reader) => reader.ReadLong(0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds());

    /// <summary>Reads a text of 1 to so many UTF-16 characters.</summary>
    internal static string ReadText(this CborReader reader, int maxLength)
    {
        var text = reader.ReadTextString();
        return text.Length >= 1 && text.Length <= maxLength ? text : throw new CborContentException($"a text has {text.Length} characters, not 1 to {maxLength}");
    }

    /// <summary>Reads bytes of exactly one length, without copying.</summary>
    internal static ReadOnlyMemory<byte> ReadBytes(this CborReader reader, int length)
    {
        var bytes = reader.ReadDefiniteLengthByteString();
        return bytes.Length == length ? bytes : throw new CborContentException($"a byte string has {bytes.Length} bytes, not {length}");
    }

    /// <summary>A field that must be there.</summary>
    internal static T Need<T>(T? value, string field)
        where T : struct => value ?? throw new CborContentException($"'{field}' is missing");

    /// <summary>A field that must be there.</summary>
    internal static T Need<T>(T? value, string field)
        where T : class => value ?? throw new CborContentException($"'{field}' is missing");
}
