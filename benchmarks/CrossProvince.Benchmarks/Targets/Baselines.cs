using System.Security.Cryptography;
using CrossProvince.Benchmarks.Signatures;
using CrossProvince.Targets;

namespace CrossProvince.Benchmarks.Targets;

/// <summary>What the targets are compared with.</summary>
internal static class Baselines
{
    private const int Distinct = 64;

    public static Words Sm2Verification { get; } = new("BouncyCastle verifies SM2", "BouncyCastle 验证 SM2 签名");

    public static Words Sm2Signing { get; } = new("BouncyCastle signs SM2", "BouncyCastle 生成 SM2 签名");

    public static Words EcdsaVerification { get; } = new(".NET verifies ECDSA P-256", ".NET 验证 ECDSA P-256 签名");

    /// <summary>One signature verified by BouncyCastle at its best, of several codes in turn.</summary>
    public static Case BouncyCastle(IEnumerable<SignedCode> codes)
    {
        var verifiers = codes.Take(Distinct).Select(code => new BouncyCastleSm2(code.Signature)).ToArray();
        var next = 0;
        return new Case(() => verifiers[next++ % verifiers.Length].Verify() ? 1 : throw new InvalidOperationException("The baseline judged a signature wrongly."));
    }

    /// <summary>One signature verified by .NET, of several codes under one key in turn.</summary>
    public static Case Ecdsa(IEnumerable<SignedCode> codes)
    {
        var signatures = codes.Take(Distinct).Select(code => code.Signature).Select(s => (s.Key, Message: s.Message.ToArray(), Signature: s.Signature.ToArray())).ToArray();
        var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(signatures[0].Key.Spki.Span, out _);
        var next = 0;
        return new Case(() =>
        {
            var one = signatures[next++ % signatures.Length];
            return key.VerifyData(one.Message, one.Signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
                ? 1
                : throw new InvalidOperationException("The baseline judged a signature wrongly.");
        });
    }
}
