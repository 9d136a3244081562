using System.Collections.Concurrent;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace CrossProvince.Service.Storage.Sealing;

/// <summary>What a data key seals with.</summary>
internal enum SealingAlgorithm
{
    /// <summary>AES-256-GCM, NIST SP 800-38D; a key of 32 bytes.</summary>
    Aes256Gcm = 1,

    /// <summary>SM4-GCM, GB/T 32907 and GB/T 36624; a key of 16 bytes. By BouncyCastle, and some tens of times slower.</summary>
    Sm4Gcm = 2,
}

/// <summary>A key that seals what names a person. Safe for concurrent calls.</summary>
internal sealed class DataKey
{
    public const int NonceBytes = 12;
    public const int TagBytes = 16;

    private readonly byte[] _key;

    /// <summary>Ciphers that are set up, for that costs more than sealing a licence; one is used by one call at a time.</summary>
    private readonly ConcurrentBag<AesGcm> _ciphers = [];

    /// <param name="id">Its name in the key file.</param>
    /// <param name="algorithm">What it seals with.</param>
    /// <param name="key">As many bytes as <see cref="KeyBytes"/> says.</param>
    /// <param name="isCurrent">Whether new rows are sealed with it.</param>
    public DataKey(string id, SealingAlgorithm algorithm, byte[] key, bool isCurrent) => (Id, Algorithm, IsCurrent, _key) = (id, algorithm, isCurrent, key);

    public string Id { get; }

    public SealingAlgorithm Algorithm { get; }

    public bool IsCurrent { get; }

    /// <summary>How long a key of an algorithm is.</summary>
    public static int KeyBytes(SealingAlgorithm algorithm) => algorithm == SealingAlgorithm.Aes256Gcm ? 32 : 16;

    /// <summary>Encrypts.</summary>
    /// <param name="nonce">12 bytes that this key never saw.</param>
    /// <param name="plain">What is sealed.</param>
    /// <param name="sealedBytes">Takes ciphertext and tag: 16 bytes more than <paramref name="plain"/>.</param>
    /// <param name="context">What is authenticated with it.</param>
    public void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plain, Span<byte> sealedBytes, ReadOnlySpan<byte> context)
    {
        if (Algorithm == SealingAlgorithm.Sm4Gcm)
        {
            Sm4(forEncryption: true, nonce, plain, sealedBytes, context);
            return;
        }

        var aes = Take();
        aes.Encrypt(nonce, plain, sealedBytes[..plain.Length], sealedBytes[plain.Length..], context);
        _ciphers.Add(aes);
    }

    /// <summary>Decrypts what <see cref="Encrypt"/> made.</summary>
    /// <returns>False when it is not what this key made in this context.</returns>
    public bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> sealedBytes, Span<byte> plain, ReadOnlySpan<byte> context)
    {
        try
        {
            if (Algorithm == SealingAlgorithm.Sm4Gcm)
            {
                Sm4(forEncryption: false, nonce, sealedBytes, plain, context);
                return true;
            }

            var aes = Take();
            try
            {
                aes.Decrypt(nonce, sealedBytes[..plain.Length], sealedBytes[plain.Length..], plain, context);
            }
            finally
            {
                _ciphers.Add(aes);
            }

            return true;
        }
        catch (Exception e) when (e is AuthenticationTagMismatchException or InvalidCipherTextException)
        {
            plain.Clear();
            return false;
        }
    }

    private AesGcm Take() => _ciphers.TryTake(out var cipher) ? cipher : new AesGcm(_key, TagBytes);

    private void Sm4(bool forEncryption, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> input, Span<byte> output, ReadOnlySpan<byte> context)
    {
        var cipher = new GcmBlockCipher(new SM4Engine());
        cipher.Init(forEncryption, new AeadParameters(new KeyParameter(_key), TagBytes * 8, nonce.ToArray(), context.ToArray()));
        var written = cipher.ProcessBytes(input, output);
        cipher.DoFinal(output[written..]);
    }
}
