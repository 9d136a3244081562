using BenchmarkDotNet.Attributes;
using CrossProvince.Benchmarks.Signatures;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Verification;

namespace CrossProvince.Benchmarks.Verification;

/// <summary>64 codes, text to verdict, in process; the baseline is one bare SM2 verification.</summary>
[MemoryDiagnoser]
public class BatchVerifierBenchmarks
{
    private const int Batch = 64;

    private readonly VerificationAnswer[] _answers = new VerificationAnswer[Batch];
    private Scene? _scene;
    private BouncyCastleSm2? _baseline;
    private VerificationQuestion[] _valid = [];
    private VerificationQuestion[] _forged = [];
    private VerificationQuestion[] _unknownKey = [];
    private VerificationQuestion[] _mixed = [];

    [GlobalSetup]
    public void SetUp()
    {
        _scene = new Scene();
        _baseline = new BouncyCastleSm2(_scene.SignatureOf(_scene.Message));
        _valid = Repeat(_scene.Text);
        _forged = Repeat(_scene.ForgedText);
        _unknownKey = Repeat(_scene.UnknownKeyText);
        _mixed = Repeat(_scene.Text, _scene.ForgedText, _scene.UnknownKeyText, _scene.ExpiredText, _scene.Text[..99], _scene.Text + "A", "CP2", "");
    }

    [Benchmark(Baseline = true)]
    public bool BouncyCastleSm2() => _baseline!.Verify();

    [Benchmark]
    public Verdict Valid() => Verify(_valid, Verdict.Valid);

    [Benchmark]
    public Verdict Forged() => Verify(_forged, Verdict.BadSignature);

    [Benchmark]
    public Verdict UnknownKey() => Verify(_unknownKey, Verdict.UnknownKey);

    [Benchmark]
    public Verdict Mixed() => Verify(_mixed, Verdict.Malformed);

    private static VerificationQuestion[] Repeat(params string[] texts) =>
        [.. Enumerable.Range(0, Batch).Select(i => new VerificationQuestion(texts[i % texts.Length].AsMemory(), null, new RegionCode(120000), VerifierRights.Node))];

    private Verdict Verify(VerificationQuestion[] questions, Verdict lastExpected)
    {
        _scene!.Verifier.VerifyMany(_scene.Data, questions, _answers);
        return _answers[^1].Verdict == lastExpected ? lastExpected : throw new InvalidOperationException($"The last verdict is {_answers[^1].Verdict}, not {lastExpected}.");
    }
}
