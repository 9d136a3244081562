using BenchmarkDotNet.Attributes;
using CrossProvince.Benchmarks.Signatures;
using CrossProvince.Core.Verification;

namespace CrossProvince.Benchmarks.Verification;

/// <summary>One code, text to verdict, in process; the baseline is one bare SM2 verification.</summary>
[MemoryDiagnoser]
public class VerifierBenchmarks
{
    private Scene? _scene;
    private BouncyCastleSm2? _baseline;

    [GlobalSetup]
    public void SetUp()
    {
        _scene = new Scene();
        _baseline = new BouncyCastleSm2(_scene.SignatureOf(_scene.Message));
    }

    [Benchmark(Baseline = true)]
    public bool BouncyCastleSm2() => _baseline!.Verify();

    [Benchmark]
    public Verdict Valid() => _scene!.Verify(_scene.Text, Verdict.Valid);

    [Benchmark]
    public Verdict ValidEsp256() => _scene!.Verify(_scene.Esp256Text, Verdict.Valid);

    [Benchmark]
    public Verdict Forged() => _scene!.Verify(_scene.ForgedText, Verdict.BadSignature);

    [Benchmark]
    public Verdict UnknownKey() => _scene!.Verify(_scene.UnknownKeyText, Verdict.UnknownKey);

    [Benchmark]
    public Verdict Expired() => _scene!.Verify(_scene.ExpiredText, Verdict.Expired);
}
