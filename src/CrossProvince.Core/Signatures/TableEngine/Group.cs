namespace CrossProvince.Core.Signatures.TableEngine;

/// <summary>Signatures of one curve out of a batch, with the tables of their keys.</summary>
/// <param name="items">The whole batch.</param>
/// <param name="places">Where among them those of the group are; at most <see cref="Capacity"/>.</param>
/// <param name="tables">Of each place the table of its key.</param>
internal readonly ref struct Group<TCurve>(ReadOnlySpan<SignedMessage> items, ReadOnlySpan<int> places, ReadOnlySpan<KeyTable<TCurve>> tables)
    where TCurve : struct, ICurve
{
    /// <summary>The most signatures of a group.</summary>
    public const int Capacity = 64;

    private readonly ReadOnlySpan<SignedMessage> _items = items;
    private readonly ReadOnlySpan<int> _places = places;
    private readonly ReadOnlySpan<KeyTable<TCurve>> _tables = tables;

    /// <summary>How many signatures there are.</summary>
    public int Count => _places.Length;

    /// <summary>What is signed.</summary>
    public ReadOnlySpan<byte> Message(int i) => _items[_places[i]].Message.Span;

    /// <summary>r ‖ s, checked by <see cref="SignatureScalars.AreInRange"/>.</summary>
    public ReadOnlySpan<byte> Signature(int i) => _items[_places[i]].Signature.Span;

    /// <summary>What was computed for the key.</summary>
    public KeyTable<TCurve> Table(int i) => _tables[i];
}
