using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CrossProvince.Core.Signatures.TableEngine;

namespace CrossProvince.Core.Signatures.Signing;

/// <summary>A private key of SM2 that signs in constant time (GB/T 32918.2 §6.1).</summary>
/// <remarks>
/// <para>What the time of a signature depends on: the length of the message, and how often a k was discarded, which happens once in 2^254 signatures. Not on d, k or r + k.</para>
/// <para>d and (1 + d)⁻¹ lie in pinned memory, which the collector does not copy, and are zeroed when the key is disposed of. Once a key has signed, signing allocates nothing.</para>
/// </remarks>
internal sealed class Sm2PrivateKey : IPrivateKey
{
    // One k in 2^254 is discarded; this many are if the key was disposed of meanwhile, or the machine is broken.
    private const int MaxAttempts = 8;

    private readonly byte[] _d = GC.AllocateUninitializedArray<byte>(Curves.ScalarSize, pinned: true);
    private readonly SecretScalar[] _inverse = GC.AllocateUninitializedArray<SecretScalar>(1, pinned: true);
    private readonly GeneratorComb _comb;
    private readonly RandomBytes _random;
    private readonly byte[] _identityHash;

    /// <summary>Takes a key.</summary>
    /// <param name="d">32 bytes, big endian, 1 to n − 2.</param>
    public Sm2PrivateKey(ReadOnlySpan<byte> d)
        : this(d, GeneratorComb.Shared, RandomNumberGenerator.Fill)
    {
    }

    /// <summary>Takes a key with another comb or randomness: for tests.</summary>
    internal Sm2PrivateKey(ReadOnlySpan<byte> d, GeneratorComb comb, RandomBytes random)
    {
        _comb = comb;
        _random = random;
        d.CopyTo(_d);
        PublicKey = Prepare();
        SecretStack.Wipe();
        _identityHash = Sm2Curve.IdentityHash(PublicKey);
    }

    /// <summary>Fills a span with random bytes.</summary>
    internal delegate void RandomBytes(Span<byte> bytes);

    /// <inheritdoc/>
    public PublicKey PublicKey { get; }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        Span<byte> hash = stackalloc byte[Sm3.HashSize];
        Sm3.Hash(_identityHash, message, hash);

        var done = false;
        for (byte attempt = 0; attempt < MaxAttempts && !done; attempt++)
        {
            done = TrySign(hash, attempt, signature);
            SecretStack.Wipe();
        }

        if (!done)
        {
            throw new CryptographicException($"The key {PublicKey.Id} cannot sign.");
        }
    }

    /// <inheritdoc/>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => SelfCheck.Holds(PublicKey, message, signature);

    /// <summary>Zeroes the key. It signs no more.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_d);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_inverse.AsSpan()));
    }

    /// <summary>All that is secret of the key, d and what comes of it: for tests.</summary>
    internal byte[] SecretBytes() => [.. _d, .. MemoryMarshal.AsBytes(_inverse.AsSpan())];

    /// <summary>Takes what <see cref="SecretBytes"/> of another key gave: for tests. The public key stays.</summary>
    internal void SetSecretBytes(ReadOnlySpan<byte> secret)
    {
        secret[..Curves.ScalarSize].CopyTo(_d);
        secret[Curves.ScalarSize..].CopyTo(MemoryMarshal.AsBytes(_inverse.AsSpan()));
    }

    /// <summary>Steps A5 and A6 of GB/T 32918.2 §6.1 for a given k.</summary>
    /// <param name="k">0 to n − 1.</param>
    /// <param name="hash">e, 32 bytes.</param>
    /// <param name="signature">Receives r ‖ s.</param>
    /// <returns>Whether k could be used; a k that could not must be forgotten, and what was written with it.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal bool TrySign(in SecretScalar k, ReadOnlySpan<byte> hash, Span<byte> signature)
    {
        var r = SecretScalar.FromBytes(hash) + _comb.Multiply(k).AffineX().ToScalar();

        // s = (1 + d)⁻¹·(k − r·d) = (1 + d)⁻¹·(k + r) − r.
        var sum = SecretScalar.MontgomeryMultiply(_inverse[0], k + r);
        var s = sum - r;
        r.WriteBytes(signature[..Curves.ScalarSize]);
        s.WriteBytes(signature[Curves.ScalarSize..]);

        // r = 0, r + k = n, which is the same as sum = 0, and s = 0 ask for another k. Of the k that is used this says nothing more than that.
        return (k.ZeroMask | r.ZeroMask | sum.ZeroMask | s.ZeroMask) == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private bool TrySign(ReadOnlySpan<byte> hash, byte attempt, Span<byte> signature)
    {
        Span<byte> random = stackalloc byte[HedgedNonce.RandomSize];
        _random(random);
        return TrySign(HedgedNonce.Derive(random, _d, hash, attempt), hash, signature);
    }

    /// <summary>Computes (1 + d)⁻¹ and d·G.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private PublicKey Prepare()
    {
        var d = SecretScalar.FromBytes(_d);
        _inverse[0] = (d + SecretScalar.One).InvertTimesRadix();
        var point = _comb.Multiply(d);
        Span<byte> x = stackalloc byte[Curves.ScalarSize], y = stackalloc byte[Curves.ScalarSize];
        point.AffineX().WriteBytes(x);
        point.AffineY().WriteBytes(y);
        return PublicKey.FromPoint(SignatureAlgorithm.Sm2, Curves.Sm2.Curve.CreatePoint(new(1, x), new(1, y)));
    }
}
