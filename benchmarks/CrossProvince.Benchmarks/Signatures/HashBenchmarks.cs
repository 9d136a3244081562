using BenchmarkDotNet.Attributes;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.Hashing;
using Org.BouncyCastle.Crypto.Digests;

namespace CrossProvince.Benchmarks.Signatures;

/// <summary>SM3 of what a code's signature hashes, 212 bytes, alone and beside others; times are those of one message.</summary>
[MemoryDiagnoser]
public class HashBenchmarks
{
    private readonly byte[] _message = new byte[212];
    private readonly byte[] _hash = new byte[Sm3.HashSize];
    private readonly byte[] _padded = new byte[Sm3Lanes.MaxPaddedSize];
    private readonly byte[] _lanes = new byte[Sm3Lanes.MaxPaddedSize * 16];
    private readonly byte[] _hashes = new byte[Sm3.HashSize * 16];

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

    /// <summary>In as many lanes as the processor has.</summary>
    [Benchmark(OperationsPerInvoke = 16)]
    public int SixteenTogether() =>
        SixteenWords.IsSupported ? HashLanes<SixteenWords>()
        : EightWords.IsSupported ? HashLanes<EightWords>() + HashLanes<EightWords>()
        : Enumerable.Range(0, 16).Sum(_ => One());

    /// <summary>With padding, and turning the messages into lanes and back.</summary>
    private byte HashLanes<T>()
        where T : unmanaged, IWords<T>
    {
        var lanes = _lanes.AsSpan(0, Sm3.PaddedSize(_message.Length) * T.Lanes);
        for (var lane = 0; lane < T.Lanes; lane++)
        {
            _message.CopyTo(_padded, 0);
            Sm3Lanes.Place<T>(_padded.AsSpan(0, Sm3.Pad(_padded, _message.Length, _message.Length)), lane, lanes);
        }

        Sm3Lanes.Hash<T>(lanes, _hashes);
        for (var lane = 0; lane < T.Lanes; lane++)
        {
            Sm3Lanes.Take<T>(_hashes, lane, _hash);
        }

        return _hash[0];
    }
}
