using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Trust;

/// <summary>A signing key of a region, and when and for what it is trusted (docs/signed-documents.md, "Key times").</summary>
/// <remarks>All times are Unix seconds.</remarks>
public sealed record TrustedKey
{
    /// <summary>How long after the end of signing a key still verifies: the longest life of a code and a margin.</summary>
    public const int VerifyingGraceSeconds = 630;

    /// <summary>The key.</summary>
    public required PublicKey Key { get; init; }

    /// <summary>What it signs.</summary>
    public required KeyUse Use { get; init; }

    /// <summary>Numbers of the licence types it may sign codes of; null = all.</summary>
    public IReadOnlyList<int>? Types { get; init; }

    /// <summary>Signs from then on.</summary>
    public required long NotBefore { get; init; }

    /// <summary>Signs until then.</summary>
    public required long NotAfter { get; init; }

    /// <summary>Ended signing before its time.</summary>
    public long? RetiredAt { get; init; }

    /// <summary>Is refused altogether, since a thief can backdate.</summary>
    public long? CompromisedAt { get; init; }

    /// <summary>The last second it signs.</summary>
    public long SigningEnds => Math.Min(NotAfter, RetiredAt ?? long.MaxValue);

    /// <summary>Whether something signed at that time is its work.</summary>
    public bool MaySignAt(long unixSeconds) => CompromisedAt is null && NotBefore <= unixSeconds && unixSeconds <= SigningEnds;

    /// <summary>Whether its signatures are accepted at that time.</summary>
    public bool MayVerifyAt(long nowUnixSeconds) => CompromisedAt is null && NotBefore <= nowUnixSeconds && nowUnixSeconds <= SigningEnds + VerifyingGraceSeconds;

    /// <summary>Whether it may sign codes of a licence type, without allocating.</summary>
    /// <param name="type">Number of the type, without the specimen bit.</param>
    public bool MaySignType(int type)
    {
        if (Types is not { } types)
        {
            return true;
        }

        for (var i = 0; i < types.Count; i++)
        {
            if (types[i] == type)
            {
                return true;
            }
        }

        return false;
    }
}
