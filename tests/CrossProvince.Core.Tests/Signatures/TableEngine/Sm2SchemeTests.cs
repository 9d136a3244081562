using System.Numerics;
using CrossProvince.Core.Signatures.TableEngine;
using static CrossProvince.Core.Tests.Signatures.TableEngine.Numbers;

namespace CrossProvince.Core.Tests.Signatures.TableEngine;

/// <summary>What an SM2 signature claims, against BigInteger.</summary>
public sealed class Sm2SchemeTests
{
    private static readonly BigInteger s_n = OrderOf<Sm2Curve>();

    [Test]
    public void EquationOf_SignatureAndHash_HasSumAndDifference()
    {
        foreach (var e in new[] { 0, 1, s_n - 1, s_n, s_n + 1, (BigInteger.One << 256) - 1, Random(s_n) })
        {
            var (r, s) = (Random(s_n - 1) + 1, Random(s_n - 1) + 1);
            var equation = Sm2Scheme.EquationOf([.. Bytes(r), .. Bytes(s)], Bytes(e));
            Assert.That(Number(equation.U), Is.EqualTo(s));
            Assert.That(Number(equation.V), Is.EqualTo((r + s) % s_n));
            Assert.That(Number(equation.C), Is.EqualTo(Mod(r - e, s_n)));
        }
    }

    [Test]
    public void IdentityHash_OfTheStandardsKey_IsThatOfTheStandard() =>
        Assert.That(Convert.ToHexString(Sm2Curve.IdentityHash(TestKeys.Sm2.PublicKey)), Is.EqualTo("B2E14C5C79C6DF5B85F4FE7ED8DB7A262B9DA7E07CCB0EA9F4747B8CCDA8A4F3"));
}
