namespace CrossProvince.Core.Signatures.Hashing;

/// <summary>Messages that are hashed together, wherever they are.</summary>
internal interface IMessages
{
    /// <summary>How many there are.</summary>
    int Count { get; }

    /// <summary>Bytes of one.</summary>
    int LengthOf(int i);

    /// <summary>Writes one.</summary>
    /// <param name="i">Its number.</param>
    /// <param name="message">Receives it; has room for more.</param>
    void CopyTo(int i, scoped Span<byte> message);

    /// <summary>Hashes one that is too long to be hashed beside others, or has none of its size.</summary>
    /// <param name="i">Its number.</param>
    /// <param name="hash">Receives 32 bytes.</param>
    void Hash(int i, scoped Span<byte> hash);
}
