using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;

namespace CrossProvince.Core.Verification;

/// <summary>Codes whose signatures are verified together, each under one key; used over and over, it allocates nothing.</summary>
/// <param name="capacity">Most codes of a round.</param>
/// <remarks>For one thread at a time.</remarks>
internal sealed class SignatureRound(int capacity)
{
    private readonly byte[] _signed = new byte[capacity * PresentationMessage.MaxToBeSignedBytes];
    private readonly SignedMessage[] _items = new SignedMessage[capacity];
    private readonly TrustedKey[] _keys = new TrustedKey[capacity];
    private readonly int[] _places = new int[capacity];
    private readonly bool[] _holds = new bool[capacity];
    private int _count;

    /// <summary>Whether nothing was added.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>Begins a round.</summary>
    public void Begin() => _count = 0;

    /// <summary>Adds a code.</summary>
    /// <param name="place">Which answer is its own.</param>
    /// <param name="code">What the code says.</param>
    /// <param name="message">Its bytes, which stay where they are until the round is over.</param>
    /// <param name="key">The key to try.</param>
    public void Add(int place, in PresentationContent code, ReadOnlyMemory<byte> message, TrustedKey key)
    {
        var signed = _signed.AsMemory(_count * PresentationMessage.MaxToBeSignedBytes, PresentationMessage.MaxToBeSignedBytes);
        var length = code.WriteToBeSigned(message.Span, signed.Span);
        _items[_count] = new SignedMessage(key.Key, signed[..length], message.Slice(code.SignatureStart, SignedMessage.SignatureSize));
        _keys[_count] = key;
        _places[_count++] = place;
    }

    /// <summary>Verifies all signatures and names the key in the answers of those that hold.</summary>
    public void Verify(ISignatureVerifier signatures, Span<VerificationAnswer> answers)
    {
        signatures.VerifyMany(_items.AsSpan(0, _count), _holds.AsSpan(0, _count));
        for (var i = 0; i < _count; i++)
        {
            if (_holds[i])
            {
                answers[_places[i]].SigningKey = _keys[i];
            }
        }

        // A thread must not keep keys of a trust list that is no longer used.
        Array.Clear(_items, 0, _count);
        Array.Clear(_keys, 0, _count);
    }
}
