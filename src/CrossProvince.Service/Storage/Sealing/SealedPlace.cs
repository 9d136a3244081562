using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace CrossProvince.Service.Storage.Sealing;

/// <summary>Where a sealed value stands. It is authenticated with the value, so that none can be moved to another row or column.</summary>
internal readonly record struct SealedPlace
{
    private readonly string _column;
    private readonly string? _name;
    private readonly long _row;

    private SealedPlace(string column, string? name, long row) => (_column, _name, _row) = (column, name, row);

    /// <summary>What names a licence's person.</summary>
    /// <param name="row"><c>licence_row</c>.</param>
    public static SealedPlace Licence(long row) => new("licences.sealed", null, row);

    /// <summary>Why a licence stands as it does.</summary>
    /// <param name="row"><c>licence_row</c>.</param>
    public static SealedPlace StatusNote(long row) => new("licences.status_note", null, row);

    /// <summary>A secret that nodes share.</summary>
    /// <param name="name">Its name.</param>
    public static SealedPlace Secret(string name) => new("node_secrets.value", name, 0);

    /// <summary>The check value of a data key.</summary>
    /// <param name="keyId">The key.</param>
    public static SealedPlace CheckValue(string keyId) => new("storage_keys.check_value", keyId, 0);

    /// <summary>Bytes that no other place has: the column, zero, then the row's number in 8 bytes big endian, or its name.</summary>
    /// <param name="destination">At least <see cref="MaxBytes"/>.</param>
    /// <returns>How many.</returns>
    public int Write(Span<byte> destination)
    {
        var length = Encoding.ASCII.GetBytes(_column, destination);
        destination[length++] = 0;
        if (_name is null)
        {
            BinaryPrimitives.WriteInt64BigEndian(destination[length..], _row);
            return length + sizeof(long);
        }

        return length + Encoding.UTF8.GetBytes(_name, destination[length..]);
    }

    /// <summary>The longest that <see cref="Write"/> writes; names are of the program's making, or of the key file's, and short.</summary>
    public const int MaxBytes = 128;

    public override string ToString() => _name is null
        ? string.Create(CultureInfo.InvariantCulture, $"{_column} of licence_row {_row}")
        : $"{_column} of '{_name}'";
}
