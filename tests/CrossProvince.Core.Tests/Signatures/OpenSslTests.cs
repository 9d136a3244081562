using System.Formats.Asn1;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Tests.Presentation;

namespace CrossProvince.Core.Tests.Signatures;

/// <summary>SM2 signatures and keys, exchanged with OpenSSL.</summary>
public sealed class OpenSslTests
{
    private static readonly string[] s_sm2 = ["-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"];

    [Test]
    public void Verify_CodeSignedHere_HoldsInOpenSsl()
    {
        var signer = SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Sm2));
        var code = PresentationEncoder.Encode(SampleCodes.Typical, SampleCodes.TypicalDisplay, signer);
        Assert.That(PresentationMessage.TryDecode(code, out var decoded), Is.True);
        var toBeSigned = new byte[PresentationMessage.MaxToBeSignedBytes];
        toBeSigned = toBeSigned[..decoded.WriteToBeSigned(toBeSigned)];

        var key = Tool.Write("key.pem", System.Text.Encoding.ASCII.GetBytes(signer.PublicKey.ToPem()));
        var signature = Tool.Write("signature.der", ToDer(decoded.Signature.Span));
        Assert.That(Verify(key, signature, Tool.Write("message", toBeSigned)), Is.Zero);

        toBeSigned[^1] ^= 1;
        Assert.That(Verify(key, signature, Tool.Write("other", toBeSigned)), Is.Not.Zero, "the check itself must be able to fail");
    }

    [Test]
    public void Verify_SignedByOpenSsl_HoldsHere()
    {
        var key = Tool.PathOf("key.pem");
        Assert.That(Tool.Run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", key).ExitCode, Is.Zero);
        var message = "message digest"u8.ToArray();
        var signatureFile = Tool.PathOf("signature.der");
        Assert.That(Tool.Run("openssl", ["pkeyutl", "-sign", "-inkey", key, "-in", Tool.Write("message", message), "-out", signatureFile, .. s_sm2]).ExitCode, Is.Zero);
        var publicPem = Tool.Run("openssl", "pkey", "-in", key, "-pubout").Output;

        var signer = SoftwareSigner.FromPem(File.ReadAllText(key));
        Assert.That(signer.PublicKey, Is.EqualTo(PublicKey.FromPem(publicPem)));
        Assert.That(TestKeys.Verifies(signer.PublicKey, message, FromDer(File.ReadAllBytes(signatureFile))), Is.True);
    }

    [Test]
    public void Generate_Key_IsReadByOpenSsl([Values] SignatureAlgorithm algorithm)
    {
        var pem = SoftwareSigner.Generate(algorithm);
        var (exitCode, output) = Tool.Run("openssl", "pkey", "-in", Tool.Write("key.pem", System.Text.Encoding.ASCII.GetBytes(pem)), "-pubout");
        Assert.That(exitCode, Is.Zero);
        Assert.That(PublicKey.FromPem(output), Is.EqualTo(SoftwareSigner.FromPem(pem).PublicKey));
    }

    private static int Verify(string key, string signature, string message) =>
        Tool.Run("openssl", ["pkeyutl", "-verify", "-pubin", "-inkey", key, "-sigfile", signature, "-in", message, .. s_sm2]).ExitCode;

    private static byte[] ToDer(ReadOnlySpan<byte> signature)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(new System.Numerics.BigInteger(signature[..32], isUnsigned: true, isBigEndian: true));
            writer.WriteInteger(new System.Numerics.BigInteger(signature[32..], isUnsigned: true, isBigEndian: true));
        }

        return writer.Encode();
    }

    private static byte[] FromDer(byte[] der)
    {
        var sequence = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        var signature = new byte[SignedMessage.SignatureSize];
        for (var end = 32; end <= 64; end += 32)
        {
            var scalar = sequence.ReadInteger().ToByteArray(isUnsigned: true, isBigEndian: true);
            scalar.CopyTo(signature, end - scalar.Length);
        }

        return signature;
    }
}
