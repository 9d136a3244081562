using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace CrossProvince.Service.Storage;

/// <summary>Rows as PostgreSQL's binary COPY takes them (its manual, COPY, "Binary Format"), gathered in pieces.</summary>
/// <remarks>What the driver does for each single value takes longer than the server needs for the row.</remarks>
internal sealed class BinaryCopy : IDisposable
{
    /// <summary>What is sent at once.</summary>
    private const int PieceBytes = 64 * 1024;

    private const int MostUtf8BytesOfACharacter = 3;
    private const short EndOfRows = -1;
    private const int NullLength = -1;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(2 * PieceBytes);
    private int _length;

    /// <summary>Begins: signature, no flags, no extension of the header.</summary>
    public BinaryCopy()
    {
        ReadOnlySpan<byte> signature = [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xFF, (byte)'\r', (byte)'\n', 0];
        signature.CopyTo(_bytes);
        _length = signature.Length;
        AddInteger(0);
        AddInteger(0);
    }

    /// <summary>Whether there is enough to be sent.</summary>
    public bool IsFull => _length >= PieceBytes;

    /// <summary>Begins a row of so many values.</summary>
    public void BeginRow(int values) => AddShort((short)values);

    /// <summary>Adds a whole number of 32 bits.</summary>
    public void Add(int value)
    {
        AddInteger(sizeof(int));
        AddInteger(value);
    }

    /// <summary>Adds a whole number of 32 bits, or null.</summary>
    public void Add(int? value)
    {
        if (value is { } given)
        {
            Add(given);
        }
        else
        {
            AddInteger(NullLength);
        }
    }

    /// <summary>Adds a whole number of 64 bits.</summary>
    public void Add(long value)
    {
        AddInteger(sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(Room(sizeof(long)), value);
        _length += sizeof(long);
    }

    /// <summary>Adds bytes.</summary>
    public void Add(ReadOnlySpan<byte> value)
    {
        AddInteger(value.Length);
        value.CopyTo(Room(value.Length));
        _length += value.Length;
    }

    /// <summary>Adds a text.</summary>
    public void Add(string value)
    {
        var room = Room(sizeof(int) + (value.Length * MostUtf8BytesOfACharacter));
        var length = Encoding.UTF8.GetBytes(value, room[sizeof(int)..]);
        BinaryPrimitives.WriteInt32BigEndian(room, length);
        _length += sizeof(int) + length;
    }

    /// <summary>Says that there are no more rows.</summary>
    public void End() => AddShort(EndOfRows);

    /// <summary>What was added since it was taken last; good until something is added.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        var taken = _bytes.AsMemory(0, _length);
        _length = 0;
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // It held what names persons only sealed; the buffer is given back as it is.
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private void AddShort(short value)
    {
        BinaryPrimitives.WriteInt16BigEndian(Room(sizeof(short)), value);
        _length += sizeof(short);
    }

    private void AddInteger(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(Room(sizeof(int)), value);
        _length += sizeof(int);
    }

    private Span<byte> Room(int bytes)
    {
        if (_bytes.Length - _length < bytes)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(2 * _bytes.Length, _length + bytes));
            _bytes.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        return _bytes.AsSpan(_length);
    }
}
