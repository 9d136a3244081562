using BenchmarkDotNet.Attributes;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Benchmarks.Signatures;

/// <summary>A batch of 64 signatures of codes, by number of keys and share of forgeries; times are those of one signature, and the baseline verifies one.</summary>
[MemoryDiagnoser]
public class BatchBenchmarks
{
    private const int Batch = 64;
    private const int MessageSize = 180;

    private readonly bool[] _results = new bool[Batch];
    private readonly TableSignatureVerifier _tables = new();
    private readonly SignedMessage[] _oneKey = new SignedMessage[Batch];
    private readonly SignedMessage[] _fiftyKeys = new SignedMessage[Batch];
    private readonly SignedMessage[] _halfForged = new SignedMessage[Batch];
    private readonly SignedMessage[] _forged = new SignedMessage[Batch];
    private BouncyCastleSm2? _baseline;

    [GlobalSetup]
    public void SetUp()
    {
        var signers = Enumerable.Range(0, 50).Select(_ => SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Sm2))).ToArray();
        for (var i = 0; i < Batch; i++)
        {
            _oneKey[i] = Sign(signers[0], i);
            _fiftyKeys[i] = Sign(signers[i * 31 % signers.Length], i);
            _forged[i] = Forge(_fiftyKeys[i]);
            _halfForged[i] = i % 2 == 0 ? _fiftyKeys[i] : _forged[i];
        }

        _baseline = new BouncyCastleSm2(_oneKey[0]);
    }

    [Benchmark(Baseline = true)]
    public bool BouncyCastleSm2() => _baseline!.Verify();

    [Benchmark(OperationsPerInvoke = Batch)]
    public int OneKey() => Verify(_oneKey, Batch);

    [Benchmark(OperationsPerInvoke = Batch)]
    public int FiftyKeys() => Verify(_fiftyKeys, Batch);

    [Benchmark(OperationsPerInvoke = Batch)]
    public int FiftyKeysHalfForged() => Verify(_halfForged, Batch / 2);

    [Benchmark(OperationsPerInvoke = Batch)]
    public int FiftyKeysAllForged() => Verify(_forged, 0);

    private static SignedMessage Sign(SoftwareSigner signer, int number)
    {
        var message = new byte[MessageSize];
        message[0] = (byte)number;
        var signature = new byte[SignedMessage.SignatureSize];
        signer.Sign(message, signature);
        return new SignedMessage(signer.PublicKey, message, signature);
    }

    private static SignedMessage Forge(SignedMessage signed)
    {
        var signature = signed.Signature.ToArray();
        signature[^1] ^= 1;
        return signed with { Signature = signature };
    }

    private int Verify(SignedMessage[] items, int expected)
    {
        _tables.VerifyMany(items, _results);
        var holding = _results.AsSpan().Count(true);
        return holding == expected ? holding : throw new InvalidOperationException("A signature was judged wrongly.");
    }
}
