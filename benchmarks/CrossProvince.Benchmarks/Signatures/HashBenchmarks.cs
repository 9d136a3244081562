using BenchmarkDotNet.Attributes;
using CrossProvince.Core.Signatures;
using Org.BouncyCastle.Crypto.Digests;

namespace CrossProvince.Benchmarks.Signatures;

/// <summary>SM3 of what a code's signature hashes: 212 bytes.</summary>
[MemoryDiagnoser]
public class HashBenchmarks
{
    private readonly byte[] _message = new byte[212];
    private readonly byte[] _hash = new byte[Sm3.HashSize];

    [GlobalSetup]
    public void SetUp() => new Random(1).NextBytes(_message);

    [Benchmark(Baseline = true)]
    public byte BouncyCastleSm3()
    {
        var digest = new SM3Digest();
        digest.BlockUpdate(_message, 0, _message.Length);
        digest.DoFinal(_hash, 0);
        return _hash[0];
    }

    [Benchmark]
    public byte One()
    {
        Sm3.Hash(_message, _hash);
        return _hash[0];
    }
}
