using System.Security.Cryptography;
using CrossProvince.Core.Signatures;
using Org.BouncyCastle.Math;

namespace CrossProvince.Core.Tests.Signatures;

public sealed class PublicKeyTests
{
    private static readonly SignatureAlgorithm[] s_algorithms = Enum.GetValues<SignatureAlgorithm>();

    [TestCase(SignatureAlgorithm.Sm2, TestKeys.Sm2Q)]
    [TestCase(SignatureAlgorithm.Esp256, TestKeys.P256Q)]
    public void FromSpki_PointOfItsCurve_KeepsTheBytes(SignatureAlgorithm algorithm, string q)
    {
        var spki = TestKeys.Spki(algorithm, q);
        var key = PublicKey.FromSpki(spki);
        Assert.That(key.Algorithm, Is.EqualTo(algorithm));
        Assert.That(key.Spki.ToArray(), Is.EqualTo(spki));
        Assert.That(key.Id.ToString(), Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(spki)[..4])));
        Assert.That(PublicKey.FromPem(key.ToPem()), Is.EqualTo(key));
        Assert.That(key, Is.EqualTo(TestKeys.Of(algorithm).PublicKey));
        Assert.That(key.GetHashCode(), Is.EqualTo(TestKeys.Of(algorithm).PublicKey.GetHashCode()));
    }

    [Test]
    public void Equals_AnotherKey_IsFalse() => Assert.That(TestKeys.Sm2.PublicKey, Is.Not.EqualTo(TestKeys.P256.PublicKey));

    [Test]
    public void FromSpki_AnyBitFlipped_IsRefused([ValueSource(nameof(s_algorithms))] SignatureAlgorithm algorithm)
    {
        var spki = TestKeys.Of(algorithm).PublicKey.Spki.ToArray();
        Assert.Multiple(() =>
        {
            for (var bit = 0; bit < spki.Length * 8; bit++)
            {
                spki[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.That(() => PublicKey.FromSpki(spki), Throws.TypeOf<KeyFormatException>(), $"bit {bit}");
                spki[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        });
    }

    [Test]
    public void FromSpki_PointOfTheOtherCurve_IsRefused()
    {
        Assert.That(() => PublicKey.FromSpki(TestKeys.Spki(SignatureAlgorithm.Sm2, TestKeys.P256Q)), Throws.TypeOf<KeyFormatException>());
        Assert.That(() => PublicKey.FromSpki(TestKeys.Spki(SignatureAlgorithm.Esp256, TestKeys.Sm2Q)), Throws.TypeOf<KeyFormatException>());
    }

    [Test]
    public void FromSpki_PointOfTheTwist_IsRefused([ValueSource(nameof(s_algorithms))] SignatureAlgorithm algorithm)
    {
        // x³ + ax + b is no square: its negative is one, for p ≡ 3 (mod 4), and (x, √−(x³ + ax + b)) lies on the twist −y² = x³ + ax + b.
        var curve = Curves.Of(algorithm).Curve;
        var refused = 0;
        for (var i = 1; refused < 5; i++)
        {
            var x = curve.FromBigInteger(BigInteger.ValueOf(i));
            var right = x.Square().Add(curve.A).Multiply(x).Add(curve.B);
            if (right.Sqrt() is null)
            {
                var y = right.Negate().Sqrt();
                var q = Convert.ToHexString([.. x.GetEncoded(), .. y.GetEncoded()]);
                Assert.That(() => PublicKey.FromSpki(TestKeys.Spki(algorithm, q)), Throws.TypeOf<KeyFormatException>());
                refused++;
            }
        }
    }

    [Test]
    public void FromSpki_CoordinateNotBelowP_IsRefused([ValueSource(nameof(s_algorithms))] SignatureAlgorithm algorithm)
    {
        // A point of the curve with an x so small that x + p still has 32 bytes.
        var curve = Curves.Of(algorithm).Curve;
        for (byte x = 1; ; x++)
        {
            byte[] compressed = [2, .. new byte[31], x];
            try
            {
                var point = curve.DecodePoint(compressed);
                var y = Convert.ToHexString(point.AffineYCoord.GetEncoded());
                var p = curve.Field.Characteristic;
                var tooLarge = Convert.ToHexString(p.Add(BigInteger.ValueOf(x)).ToByteArrayUnsigned());
                Assert.That(() => PublicKey.FromSpki(TestKeys.Spki(algorithm, Convert.ToHexString(compressed.AsSpan(1)) + y)), Throws.Nothing);
                Assert.That(() => PublicKey.FromSpki(TestKeys.Spki(algorithm, tooLarge + y)), Throws.TypeOf<KeyFormatException>());
                Assert.That(() => PublicKey.FromSpki(TestKeys.Spki(algorithm, Convert.ToHexString(p.ToByteArrayUnsigned()) + y)), Throws.TypeOf<KeyFormatException>());
                return;
            }
            catch (ArgumentException)
            {
                // No point has this x.
            }
        }
    }

    [TestCase("00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000", TestName = "FromSpki_Zero_IsRefused")]
    [TestCase("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", TestName = "FromSpki_AllOnes_IsRefused")]
    public void FromSpki_NoPoint_IsRefused(string q)
    {
        Assert.That(() => PublicKey.FromSpki(TestKeys.Spki(SignatureAlgorithm.Sm2, q)), Throws.TypeOf<KeyFormatException>());
        Assert.That(() => PublicKey.FromSpki(TestKeys.Spki(SignatureAlgorithm.Esp256, q)), Throws.TypeOf<KeyFormatException>());
    }

    [TestCase("30 39 3013 0607 2A8648CE3D0201 0608 2A811CCF5501822D 0322 00 03 09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020", TestName = "FromSpki_Compressed_IsRefused")]
    [TestCase("30 19 3013 0607 2A8648CE3D0201 0608 2A811CCF5501822D 0302 00 00", TestName = "FromSpki_Infinity_IsRefused")]
    [TestCase("30 59 3013 0607 2A8648CE3D0201 0608 2A811CCF5501822D 0342 00 07" + TestKeys.Sm2Q, TestName = "FromSpki_Hybrid_IsRefused")]
    [TestCase("30 59 3013 0607 2A8648CE3D0201 0608 2A811CCF5501822D 0342 00 04" + TestKeys.Sm2Q + "00", TestName = "FromSpki_TrailingByte_IsRefused")]
    [TestCase("", TestName = "FromSpki_Empty_IsRefused")]
    public void FromSpki_OtherForm_IsRefused(string hex) =>
        Assert.That(() => PublicKey.FromSpki(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))), Throws.TypeOf<KeyFormatException>());

    [Test]
    public void FromSpki_OtherKindOfKey_IsRefused()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var explicitly = ECDsa.Create(p256.ExportExplicitParameters(false));
        using var rsa = RSA.Create(2048);
        Assert.That(() => PublicKey.FromSpki(p384.ExportSubjectPublicKeyInfo()), Throws.TypeOf<KeyFormatException>());
        Assert.That(() => PublicKey.FromSpki(explicitly.ExportSubjectPublicKeyInfo()), Throws.TypeOf<KeyFormatException>());
        Assert.That(() => PublicKey.FromSpki(rsa.ExportSubjectPublicKeyInfo()), Throws.TypeOf<KeyFormatException>());
        Assert.That(PublicKey.FromSpki(p256.ExportSubjectPublicKeyInfo()).Algorithm, Is.EqualTo(SignatureAlgorithm.Esp256));
    }

    [TestCase("")]
    [TestCase("no PEM at all")]
    [TestCase("-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----")]
    [TestCase("-----BEGIN PUBLIC KEY-----\nMA==\n-----END PUBLIC KEY-----")]
    [TestCase("-----BEGIN PUBLIC KEY-----\n!!\n-----END PUBLIC KEY-----")]
    public void FromPem_NoPublicKey_IsRefused(string pem) => Assert.That(() => PublicKey.FromPem(pem), Throws.TypeOf<KeyFormatException>());

    [Test]
    public void FromPem_TextBeforeTheBlock_IsSkipped()
    {
        var pem = "SAMPLE\n-----BEGIN OTHER-----\nMA==\n-----END OTHER-----\n" + TestKeys.Sm2.PublicKey.ToPem();
        Assert.That(PublicKey.FromPem(pem), Is.EqualTo(TestKeys.Sm2.PublicKey));
    }
}
