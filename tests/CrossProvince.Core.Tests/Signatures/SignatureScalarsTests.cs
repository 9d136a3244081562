using CrossProvince.Core.Signatures;

namespace CrossProvince.Core.Tests.Signatures;

public sealed class SignatureScalarsTests
{
    private const string Zero = "0000000000000000000000000000000000000000000000000000000000000000";
    private const string One = "0000000000000000000000000000000000000000000000000000000000000001";
    private const string Sm2N = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123";
    private const string Sm2NMinus1 = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54122";
    private const string P256N = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";
    private const string P256NMinus1 = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632550";

    [TestCase(SignatureAlgorithm.Sm2, One + One, true)]
    [TestCase(SignatureAlgorithm.Sm2, Sm2NMinus1 + Sm2NMinus1, true)]
    [TestCase(SignatureAlgorithm.Sm2, Sm2NMinus1 + One, false)]
    [TestCase(SignatureAlgorithm.Sm2, One + Sm2NMinus1, false)]
    [TestCase(SignatureAlgorithm.Sm2, Sm2N + One, false)]
    [TestCase(SignatureAlgorithm.Sm2, One + Sm2N, false)]
    [TestCase(SignatureAlgorithm.Sm2, Zero + One, false)]
    [TestCase(SignatureAlgorithm.Sm2, One + Zero, false)]
    [TestCase(SignatureAlgorithm.Esp256, P256NMinus1 + One, true)]
    [TestCase(SignatureAlgorithm.Esp256, One + P256NMinus1, true)]
    [TestCase(SignatureAlgorithm.Esp256, P256N + One, false)]
    [TestCase(SignatureAlgorithm.Esp256, One + P256N, false)]
    [TestCase(SignatureAlgorithm.Esp256, Zero + One, false)]
    [TestCase(SignatureAlgorithm.Esp256, One + Zero, false)]
    [TestCase(SignatureAlgorithm.Esp256, One, false)]
    public void AreInRange_Edges_AreAsTheStandardsSay(SignatureAlgorithm algorithm, string signature, bool expected) =>
        Assert.That(SignatureScalars.AreInRange(algorithm, Convert.FromHexString(signature)), Is.EqualTo(expected));
}
