namespace CrossProvince.Service.Federation.Following;

/// <summary>A region has signed two histories of one change.</summary>
/// <param name="seq">Number of the change up to which it was followed.</param>
/// <param name="held">The signed document, head or batch, by which it was followed up to there; empty when only its hash is known.</param>
/// <param name="other">The signed document that contradicts it.</param>
internal sealed class ForkedChainException(long seq, ReadOnlyMemory<byte> held, ReadOnlyMemory<byte> other) : Exception($"Two histories of change {seq} are signed.")
{
    /// <summary>Number of the change.</summary>
    public long Seq { get; } = seq;

    /// <summary>What was followed.</summary>
    public ReadOnlyMemory<byte> Held { get; } = held;

    /// <summary>What contradicts it.</summary>
    public ReadOnlyMemory<byte> Other { get; } = other;
}
