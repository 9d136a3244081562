using System.Security.Cryptography;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.TableEngine;

namespace CrossProvince.Core.Tests.Signatures.TableEngine;

/// <summary>20,000 signatures of each algorithm, made by BouncyCastle or .NET under fresh keys, and as many corrupted ones that these have judged, through every engine that the
/// processor has.</summary>
[Category("Engines")]
[TestFixture(SignatureAlgorithm.Sm2)]
[TestFixture(SignatureAlgorithm.Esp256)]
public sealed class RandomSignatureTests(SignatureAlgorithm algorithm)
{
    private const int Keys = 40;
    private const int LongestMessage = 260;

    // The runs with parts of the processor switched off repeat what the full run does with the same engines: fewer do.
    private static readonly int s_signatures = EnginesTests.IsForced ? 2_000 : 20_000;

    private readonly SignedMessage[] _valid = new SignedMessage[s_signatures];
    private readonly SignedMessage[] _corrupted = new SignedMessage[s_signatures];
    private readonly bool[] _corruptedHolds = new bool[s_signatures];

    [OneTimeSetUp]
    public void Sign()
    {
        var seed = TestContext.CurrentContext.Random.Next();
        TestContext.Out.WriteLine($"seed {seed}, keys fresh");
        var signers = Enumerable.Range(0, Keys).Select(_ => NewSigner()).ToArray();
        Parallel.For(0, s_signatures, i =>
        {
            var random = new Random(seed + i);
            var signer = signers[random.Next(Keys)];
            var message = new byte[random.Next(1, LongestMessage)];
            var signature = new byte[SignedMessage.SignatureSize];
            random.NextBytes(message);

            signer.Sign(message, signature);
            _valid[i] = new SignedMessage(signer.Key, message, signature);
            _corrupted[i] = Corrupt(_valid[i], signers[random.Next(Keys)].Key, random);
            _corruptedHolds[i] = LibrarySignatureVerifier.Verify(_corrupted[i].Key, _corrupted[i].Message.Span, _corrupted[i].Signature.Span);
        });
    }

    private static IEnumerable<TestCaseData> EveryEngine => Engines.Supported.Select(engine => new TestCaseData(engine).SetArgDisplayNames(engine.ToString()!));

    [TestCaseSource(nameof(EveryEngine))]
    public void VerifyMany_Valid_AllHold(object engine)
    {
        var results = new bool[s_signatures];
        new TableSignatureVerifier((IEngine)engine, TableSignatureVerifier.DefaultTableBytes).VerifyMany(_valid, results);
        Assert.That(Array.IndexOf(results, false), Is.EqualTo(-1));
    }

    [TestCaseSource(nameof(EveryEngine))]
    public void VerifyMany_Corrupted_AreJudgedAsByTheLibraries(object engine)
    {
        var results = new bool[s_signatures];
        new TableSignatureVerifier((IEngine)engine, TableSignatureVerifier.DefaultTableBytes).VerifyMany(_corrupted, results);
        Assert.That(Enumerable.Range(0, s_signatures).Where(i => results[i] != _corruptedHolds[i]), Is.Empty);
        Assert.That(_corruptedHolds.Count(holds => holds), Is.LessThan(s_signatures / 10), "corruption that changes nothing is rare");
    }

    [TestCaseSource(nameof(EveryEngine))]
    public void VerifyMany_KeysSeenBefore_AllocatesNothing(object engine)
    {
        var verifier = new TableSignatureVerifier((IEngine)engine, TableSignatureVerifier.DefaultTableBytes);
        var results = new bool[300];
        verifier.VerifyMany(_valid.AsSpan(0, 1_000), new bool[1_000]);

        Assert.That(
            Allocated.Least(() =>
            {
                verifier.VerifyMany(_valid.AsSpan(0, 300), results);
                verifier.VerifyMany(_corrupted.AsSpan(0, 1), results);
            }),
            Is.Zero);
    }

    private (PublicKey Key, Signing Sign) NewSigner()
    {
        if (algorithm == SignatureAlgorithm.Sm2)
        {
            var signer = SoftwareSigner.FromPem(SoftwareSigner.Generate(algorithm));
            return (signer.PublicKey, (message, signature) => signer.Sign(message, signature));
        }

        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pool = new EcdsaPool(ecdsa.ExportParameters(true));
        return (PublicKey.FromSpki(ecdsa.ExportSubjectPublicKeyInfo()), (message, signature) => pool.Sign(message, signature));
    }

    /// <summary>A bit of the message, of r or of s, two halves exchanged, a half that is random or an edge, or another key (which may be the same).</summary>
    private static SignedMessage Corrupt(SignedMessage good, PublicKey otherKey, Random random)
    {
        var message = good.Message.ToArray();
        var signature = good.Signature.ToArray();
        switch (random.Next(6))
        {
            case 0:
                message[random.Next(message.Length)] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                signature[random.Next(32)] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                signature[32 + random.Next(32)] ^= (byte)(1 << random.Next(8));
                break;
            case 3:
                signature = [.. signature[32..], .. signature[..32]];
                break;
            case 4:
                random.NextBytes(signature.AsSpan(32 * random.Next(2), 32));
                break;
            default:
                return good with { Key = otherKey };
        }

        return new SignedMessage(good.Key, message, signature);
    }

    private delegate void Signing(byte[] message, byte[] signature);
}
