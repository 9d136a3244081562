using System.Collections.Concurrent;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;

namespace CrossProvince.Service.Storage.Sealing;

/// <summary>What a look-up key hashes with.</summary>
internal enum HashingAlgorithm
{
    /// <summary>HMAC with SHA-256, RFC 2104.</summary>
    HmacSha256 = 1,

    /// <summary>HMAC with SM3, GB/T 15852.2.</summary>
    HmacSm3 = 2,
}

/// <summary>A key by whose hashes rows are found again. Safe for concurrent calls.</summary>
/// <param name="id">Its name in the key file.</param>
/// <param name="algorithm">What it hashes with.</param>
/// <param name="key">32 bytes.</param>
/// <param name="isCurrent">Whether new rows are found by it.</param>
internal sealed class LookUpKey(string id, HashingAlgorithm algorithm, byte[] key, bool isCurrent)
{
    public const int KeyBytes = 32;

    /// <summary>Hashes that have taken the key in; one is used by one call at a time.</summary>
    private readonly ConcurrentBag<IncrementalHash> _macs = [];

    /// <summary>Half of what the algorithms make: no two of 10^12 persons meet.</summary>
    public const int HashBytes = 16;

    public string Id => id;

    public HashingAlgorithm Algorithm => algorithm;

    public bool IsCurrent => isCurrent;

    /// <summary>The first 16 bytes of the keyed hash.</summary>
    public byte[] Hash(ReadOnlySpan<byte> message)
    {
        Span<byte> full = stackalloc byte[32];
        if (algorithm == HashingAlgorithm.HmacSha256)
        {
            var mac = _macs.TryTake(out var ready) ? ready : IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
            mac.AppendData(message);
            mac.GetHashAndReset(full);
            _macs.Add(mac);
        }
        else
        {
            var mac = new HMac(new SM3Digest());
            mac.Init(new KeyParameter(key));
            mac.BlockUpdate(message);
            mac.DoFinal(full);
        }

        return full[..HashBytes].ToArray();
    }
}
