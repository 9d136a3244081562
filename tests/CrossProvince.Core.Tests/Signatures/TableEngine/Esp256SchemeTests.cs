using System.Numerics;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.TableEngine;
using static CrossProvince.Core.Tests.Signatures.TableEngine.Numbers;

namespace CrossProvince.Core.Tests.Signatures.TableEngine;

/// <summary>What ESP256 signatures claim, against BigInteger.</summary>
public sealed class Esp256SchemeTests
{
    private const int Capacity = Group<P256Curve>.Capacity;
    private static readonly BigInteger s_n = OrderOf<P256Curve>();

    private static readonly BigInteger[] s_hashes =
        [0, 1, 2, s_n - 1, s_n, s_n + 1, (BigInteger.One << 256) - 1, BigInteger.One << 255, .. Enumerable.Range(0, 20).Select(_ => Random(BigInteger.One << 256))];

    private static readonly BigInteger[] s_scalars =
    [
        1, 2, 3, s_n - 1, s_n - 2, (s_n + 1) / 2, (s_n - 1) / 2, .. Enumerable.Range(1, 15).Select(i => BigInteger.One << (17 * i)),
        .. Enumerable.Range(0, 20).Select(_ => Random(s_n - 1) + 1),
    ];

    [Test]
    public void MakeEquations_EdgesInGroupsOfEverySize_AreQuotients()
    {
        var pairs = s_scalars.SelectMany(r => s_scalars.Select(s => (R: r, S: s))).ToArray();
        for (var (first, count) = (0, 1); first + count <= pairs.Length; first += count, count = (count % Capacity) + 1)
        {
            var group = pairs[first..(first + count)];
            var hashes = group.Select((_, i) => s_hashes[(first + i) % s_hashes.Length]).ToArray();
            Check(group, hashes);
        }
    }

    [Test]
    public void MakeEquations_OneSignatureManyTimes_AreTheSame() =>
        Check([.. Enumerable.Repeat((s_n - 1, s_n - 1), Capacity)], [.. Enumerable.Repeat(s_n - 1, Capacity)]);

    private static void Check((BigInteger R, BigInteger S)[] group, BigInteger[] hashes)
    {
        // Before them an item of another curve, as in a mixed batch.
        SignedMessage[] items =
            [default, .. group.Select(signature => new SignedMessage(TestKeys.P256.PublicKey, default, (byte[])[.. Bytes(signature.R), .. Bytes(signature.S)]))];
        var equations = new Equation<P256Curve>[group.Length];
        Esp256Scheme.MakeEquations(
            new Group<P256Curve>(items, [.. Enumerable.Range(1, group.Length)], default), (byte[])[.. hashes.SelectMany(Bytes)], equations);
        for (var i = 0; i < group.Length; i++)
        {
            var inverse = Inverse(group[i].S, s_n);
            var name = $"r {group[i].R:X}, s {group[i].S:X}, e {hashes[i]:X}";
            Assert.That(Number(equations[i].U), Is.EqualTo(hashes[i] * inverse % s_n), name);
            Assert.That(Number(equations[i].V), Is.EqualTo(group[i].R * inverse % s_n), name);
            Assert.That(Number(equations[i].C), Is.EqualTo(group[i].R), name);
        }
    }
}
