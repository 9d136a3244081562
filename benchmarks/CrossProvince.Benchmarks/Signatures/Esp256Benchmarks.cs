using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Benchmarks.Signatures;

/// <summary>ESP256 signatures of codes, alone and in batches of 64; times are those of one signature. The baseline is .NET's ECDsa, with a key that it has already imported.</summary>
[MemoryDiagnoser]
public class Esp256Benchmarks
{
    private const int Batch = 64;
    private const int MessageSize = 180;

    private readonly bool[] _results = new bool[Batch];
    private readonly TableSignatureVerifier _tables = new();
    private readonly SignedMessage[] _fiftyKeys = new SignedMessage[Batch];
    private readonly SignedMessage[] _forged = new SignedMessage[Batch];
    private readonly SignedMessage[] _mixed = new SignedMessage[Batch];
    private readonly ECDsa _dotNet = ECDsa.Create();
    private byte[] _message = [];
    private byte[] _signature = [];

    [GlobalSetup]
    public void SetUp()
    {
        var esp256 = Enumerable.Range(0, 50).Select(_ => SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Esp256))).ToArray();
        var sm2 = SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Sm2));
        for (var i = 0; i < Batch; i++)
        {
            _fiftyKeys[i] = Sign(esp256[i * 31 % esp256.Length], i);
            _mixed[i] = i % 2 == 0 ? _fiftyKeys[i] : Sign(sm2, i);
            _forged[i] = _fiftyKeys[i] with { Signature = Forge(_fiftyKeys[i].Signature.ToArray()) };
        }

        _message = _fiftyKeys[0].Message.ToArray();
        _signature = _fiftyKeys[0].Signature.ToArray();
        _dotNet.ImportSubjectPublicKeyInfo(_fiftyKeys[0].Key.Spki.Span, out _);
    }

    [Benchmark(Baseline = true)]
    public bool DotNet() => _dotNet.VerifyData(_message, _signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
        ? true : throw new InvalidOperationException("A signature was judged wrongly.");

    [Benchmark]
    public int One() => Verify(_fiftyKeys.AsSpan(0, 1), 1);

    [Benchmark]
    public int OneForged() => Verify(_forged.AsSpan(0, 1), 0);

    [Benchmark(OperationsPerInvoke = Batch)]
    public int FiftyKeys() => Verify(_fiftyKeys, Batch);

    [Benchmark(OperationsPerInvoke = Batch)]
    public int FiftyKeysAllForged() => Verify(_forged, 0);

    [Benchmark(OperationsPerInvoke = Batch)]
    public int HalfOfThemSm2() => Verify(_mixed, Batch);

    private static SignedMessage Sign(SoftwareSigner signer, int number)
    {
        var message = new byte[MessageSize];
        message[0] = (byte)number;
        var signature = new byte[SignedMessage.SignatureSize];
        signer.Sign(message, signature);
        return new SignedMessage(signer.PublicKey, message, signature);
    }

    private static byte[] Forge(byte[] signature)
    {
        signature[^1] ^= 1;
        return signature;
    }

    private int Verify(ReadOnlySpan<SignedMessage> items, int expected)
    {
        _tables.VerifyMany(items, _results);
        var holding = _results.AsSpan(0, items.Length).Count(true);
        return holding == expected ? holding : throw new InvalidOperationException("A signature was judged wrongly.");
    }
}
