using BenchmarkDotNet.Attributes;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Benchmarks.Signatures;

/// <summary>One signature of a code, good and bad, by libraries and by tables, against the baseline.</summary>
[MemoryDiagnoser]
public class SignatureBenchmarks
{
    private readonly LibrarySignatureVerifier _libraries = new();
    private readonly TableSignatureVerifier _tables = new();
    private readonly SignedMessage[] _sm2 = new SignedMessage[1];
    private readonly SignedMessage[] _forged = new SignedMessage[1];
    private readonly SignedMessage[] _esp256 = new SignedMessage[1];
    private readonly bool[] _results = new bool[1];
    private BouncyCastleSm2? _baseline;

    [GlobalSetup]
    public void SetUp()
    {
        var scene = new Scene();
        _sm2[0] = scene.SignatureOf(scene.Message);
        _forged[0] = scene.SignatureOf(Scene.Forge(scene.Message));
        _esp256[0] = scene.SignatureOf(scene.Esp256Message);
        _baseline = new BouncyCastleSm2(_sm2[0]);
    }

    [Benchmark(Baseline = true)]
    public bool BouncyCastleSm2() => Expect(_baseline!.Verify(), true);

    [Benchmark]
    public bool Sm2() => Verify(_libraries, _sm2, true);

    [Benchmark]
    public bool Sm2Forged() => Verify(_libraries, _forged, false);

    [Benchmark]
    public bool Esp256() => Verify(_libraries, _esp256, true);

    [Benchmark]
    public bool Sm2Tables() => Verify(_tables, _sm2, true);

    [Benchmark]
    public bool Sm2TablesForged() => Verify(_tables, _forged, false);

    private bool Verify(ISignatureVerifier verifier, SignedMessage[] items, bool expected)
    {
        verifier.VerifyMany(items, _results);
        return Expect(_results[0], expected);
    }

    private static bool Expect(bool holds, bool expected) =>
        holds == expected ? holds : throw new InvalidOperationException("A signature was judged wrongly.");
}
