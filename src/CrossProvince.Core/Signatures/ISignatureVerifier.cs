namespace CrossProvince.Core.Signatures;

/// <summary>Verifies signatures, many at a time.</summary>
/// <remarks>Safe for concurrent calls.</remarks>
public interface ISignatureVerifier
{
    /// <summary>Verifies every item on its own; r and s outside [1, n − 1], and for SM2 r + s ≡ 0, do not hold.</summary>
    /// <param name="items">The signatures, of any mix of keys and algorithms.</param>
    /// <param name="results">Receives at each item's place whether its signature holds; at least as long as the items.</param>
    /// <exception cref="ArgumentException">There are fewer results than items. Bad signatures of any kind are answered, never thrown.</exception>
    void VerifyMany(ReadOnlySpan<SignedMessage> items, Span<bool> results);
}
