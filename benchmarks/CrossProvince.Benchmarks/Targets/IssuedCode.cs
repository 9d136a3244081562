using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Targets;
using Org.BouncyCastle.Asn1.GM;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Prng;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;

namespace CrossProvince.Benchmarks.Targets;

/// <summary>P5: one code is made, from claims to text, its signature verified before it leaves.</summary>
internal static class IssuedCode
{
    private static readonly RegionCode s_region = new(110000);

    public static IEnumerable<TargetLine> Measure(Plan plan)
    {
        var sm2 = Scenery.NewSigner(SignatureAlgorithm.Sm2);
        var esp256 = Scenery.NewSigner(SignatureAlgorithm.Esp256);
        var times = Rounds.Measure(plan, BouncyCastle(Scenery.Sign(s_region, 7, sm2).Signature.Message.ToArray()), Issue(sm2), Issue(esp256));
        yield return new TargetLine
        {
            Target = "P5",
            What = new("a code is made, SM2, its signature checked", "生成一个码，SM2，含签名自检"),
            Measured = times[1].Rate,
            Baseline = Baselines.Sm2Signing,
            BaselineMeasured = times[0].Rate,
            Ratio = times[1].TimesAsFastAs(times[0]),
            Spread = times[1].SpreadAgainst(times[0]),
            Goal = new Goal(GoalKind.RatioAtLeast, 5),
            IsHeadline = true,
            Note = times[0].WarmUp,
        };
        yield return new TargetLine
        {
            Target = "P5",
            What = new("a code is made, ESP256, its signature checked", "生成一个码，ESP256，含签名自检"),
            Measured = times[2].Rate,
        };
    }

    private static Case Issue(SoftwareSigner signer)
    {
        var licence = 0;
        return new Case(() => PresentationText.Write(Scenery.Sign(s_region, licence++, signer).Message).Length > 0 ? 1 : 0);
    }

    /// <summary>The bare signature, on the fast curve, with a new signer a call.</summary>
    private static Case BouncyCastle(byte[] message)
    {
        var curve = new ECNamedDomainParameters(GMObjectIdentifiers.sm2p256v1, CustomNamedCurves.GetByName("sm2p256v1"));
        var random = new SecureRandom(new CryptoApiRandomGenerator());
        var generator = new ECKeyPairGenerator();
        generator.Init(new ECKeyGenerationParameters(curve, random));
        var key = new ParametersWithID(new ParametersWithRandom(generator.GenerateKeyPair().Private, random), "1234567812345678"u8.ToArray());
        return new Case(() =>
        {
            var signer = new SM2Signer(PlainDsaEncoding.Instance, new SM3Digest());
            signer.Init(true, key);
            signer.BlockUpdate(message, 0, message.Length);
            return signer.GenerateSignature().Length == SignedMessage.SignatureSize ? 1 : 0;
        });
    }
}
