using BenchmarkDotNet.Attributes;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.Signing;

namespace CrossProvince.Benchmarks.Signatures;

/// <summary>Making one SM2 signature over what is signed of a code, and a whole code, against the baseline (P5).</summary>
[MemoryDiagnoser]
public class SigningBenchmarks
{
    private const long Now = 1_790_000_010;

    private readonly byte[] _signature = new byte[SignedMessage.SignatureSize];
    private readonly Display _display = Display.Fit("张*明", "1****************X", 22_645, null);
    private readonly PresentationClaims _claims = new()
    {
        Region = new RegionCode(110000),
        IssuedAt = Now,
        ExpiresAt = Now + 90,
        Showing = new ShowingId(0x0123456789AB),
        CodeNumber = 3,
        LicenceType = 1,
        Scenario = 1,
        List = 0,
        Index = 777_777,
        Presenter = Presenter.Holder,
    };

    private byte[] _message = [];
    private BouncyCastleSigning? _baseline;
    private Sm2PrivateKey? _key;
    private SoftwareSigner? _signer;

    [GlobalSetup]
    public void SetUp()
    {
        // Any number does; one that is the same in every run allocates the same.
        var d = Enumerable.Range(1, 32).Select(i => (byte)(i * 7)).ToArray();
        (_key, _signer) = Take(d);
        if (!PresentationMessage.TryDecode(PresentationEncoder.Encode(_claims, _display, _signer), out var code))
        {
            throw new InvalidOperationException("The code cannot be read.");
        }

        var signed = new byte[PresentationMessage.MaxToBeSignedBytes];
        _message = signed[..code.WriteToBeSigned(signed)];
        _baseline = new BouncyCastleSigning(d, _message);
    }

    [Benchmark(Baseline = true)]
    public byte[] BouncyCastleSm2() => _baseline!.Sign();

    /// <summary>As the baseline does, without verifying.</summary>
    [Benchmark]
    public byte Sm2Unchecked()
    {
        _key!.Sign(_message, _signature);
        return _signature[0];
    }

    /// <summary>With the check of each signature.</summary>
    [Benchmark]
    public byte Sm2()
    {
        _signer!.Sign(_message, _signature);
        return _signature[0];
    }

    /// <summary>From claims to the bytes of a code, signature checked.</summary>
    [Benchmark]
    public byte[] IssueCode() => PresentationEncoder.Encode(_claims, _display, _signer!);

    private static (Sm2PrivateKey Key, SoftwareSigner Signer) Take(byte[] d)
    {
        var key = new Sm2PrivateKey(d);
        return (key, new SoftwareSigner(key));
    }
}
