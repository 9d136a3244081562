using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Trust;

/// <summary>New root keys in the place of others (docs/signed-documents.md, "Change of roots"). Whether those before and those after have signed it, <see cref="RootChanges"/> judges.</summary>
public sealed class RootChange
{
    /// <summary>Fewest and most root keys.</summary>
    public const int MinKeys = 2;

    /// <inheritdoc cref="MinKeys"/>
    public const int MaxKeys = 8;

    /// <summary>Makes a change that keeps all rules.</summary>
    /// <param name="generation">One more than that of the roots before; the first roots are generation 1.</param>
    /// <param name="threshold">How many of the keys must sign, 2 or more.</param>
    /// <param name="issuedAt">Unix seconds.</param>
    /// <param name="keys">2 to 8, each once.</param>
    /// <exception cref="TrustListException">A rule is broken; the message says which.</exception>
    public RootChange(int generation, int threshold, long issuedAt, IReadOnlyList<PublicKey> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        Require(generation >= 2, "its generation is below 2");
        Require(keys.Count is >= MinKeys and <= MaxKeys, $"it has {keys.Count} keys, not {MinKeys} to {MaxKeys}");
        Require(keys.Distinct().Count() == keys.Count, "a key stands there twice");
        Require(threshold >= 2 && threshold <= keys.Count, $"{threshold} signatures are demanded of {keys.Count} keys; at least 2 are, and no more than there are keys");
        (Generation, Threshold, IssuedAt, Keys) = (generation, threshold, issuedAt, keys);
    }

    /// <summary>One more than that of the roots before.</summary>
    public int Generation { get; }

    /// <summary>How many of the keys must sign.</summary>
    public int Threshold { get; }

    /// <summary>Unix seconds.</summary>
    public long IssuedAt { get; }

    /// <summary>The new root keys.</summary>
    public IReadOnlyList<PublicKey> Keys { get; }

    /// <summary>The roots that it makes.</summary>
    public TrustRoots Roots => new(Keys, Threshold) { Generation = Generation };

    private static void Require(bool holds, string reason)
    {
        if (!holds)
        {
            throw new TrustListException($"The change of roots is refused: {reason}.");
        }
    }
}
