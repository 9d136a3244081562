using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.TableEngine;

namespace CrossProvince.Core.Tests.Signatures.TableEngine;

public sealed class KeyTablesTests
{
    private static readonly int s_widest = PointTable.SizeOf(KeyTable.Windows[0]);
    private static readonly int s_wide = PointTable.SizeOf(KeyTable.Windows[1]);
    private static readonly int s_narrow = PointTable.SizeOf(KeyTable.NarrowWindow);
    private static readonly PublicKey[] s_keys =
        [.. Enumerable.Range(1, 12).Select(d => PublicKey.FromPoint(SignatureAlgorithm.Sm2, Numbers.MultiplyG<Sm2Curve>(d)))];

    [Test]
    public void Get_SameKeyAgain_IsTheSameTable()
    {
        var tables = new KeyTables(s_wide);
        var copy = PublicKey.FromSpki(s_keys[0].Spki.Span);
        Assert.That(tables.Get<Sm2Curve>(copy, 2), Is.SameAs(tables.Get<Sm2Curve>(s_keys[0], 1)));
        Assert.That(tables.Count, Is.EqualTo(1));
    }

    [Test]
    public void Get_MoreAndMoreKeys_GetTheWidestTablesThatFit()
    {
        var limit = s_widest + (2 * s_wide) + (3 * s_narrow);
        var tables = new KeyTables(limit);
        var widths = s_keys[..6].Select(key => tables.Get<Sm2Curve>(key, tables.NextRound()).Size);
        Assert.That(widths, Is.EqualTo(new[] { s_widest, s_wide, s_wide, s_narrow, s_narrow, s_narrow }));
        Assert.That(tables.UsedBytes, Is.EqualTo(limit));
    }

    [Test]
    public void Get_BeyondTheLimit_DisplacesTheLongestUnused()
    {
        var tables = new KeyTables(3 * s_narrow);
        var first = tables.Get<Sm2Curve>(s_keys[0], tables.NextRound());
        var second = tables.Get<Sm2Curve>(s_keys[1], tables.NextRound());
        var third = tables.Get<Sm2Curve>(s_keys[2], tables.NextRound());
        Assert.That(tables.Get<Sm2Curve>(s_keys[0], tables.NextRound()), Is.SameAs(first));

        tables.Get<Sm2Curve>(s_keys[3], tables.NextRound());
        Assert.That(tables.UsedBytes, Is.EqualTo(3 * s_narrow));
        Assert.That(tables.Get<Sm2Curve>(s_keys[0], tables.NextRound()), Is.SameAs(first));
        Assert.That(tables.Get<Sm2Curve>(s_keys[2], tables.NextRound()), Is.SameAs(third));
        Assert.That(tables.Get<Sm2Curve>(s_keys[1], tables.NextRound()), Is.Not.SameAs(second));
    }

    [Test]
    public void Get_ManyKeys_WideTablesGiveWayAndTheLimitHolds()
    {
        var tables = new KeyTables(s_wide + s_narrow);
        for (var round = 0; round < 3; round++)
        {
            foreach (var key in s_keys[..9])
            {
                tables.Get<Sm2Curve>(key, tables.NextRound());
                Assert.That(tables.UsedBytes, Is.LessThanOrEqualTo(s_wide + s_narrow));
            }
        }

        Assert.That(tables.Count, Is.EqualTo(9));
    }

    [Test]
    public void Get_KeysOfBothCurves_ShareTheLimit()
    {
        var tables = new KeyTables(3 * s_narrow);
        var esp256 = TestKeys.P256.PublicKey;
        var first = tables.Get<P256Curve>(esp256, tables.NextRound());
        Assert.That(first.IdentityHash.IsEmpty, Is.True);
        Assert.That(tables.Get<Sm2Curve>(s_keys[0], tables.NextRound()).IdentityHash.Length, Is.EqualTo(Sm3.HashSize));
        tables.Get<Sm2Curve>(s_keys[1], tables.NextRound());
        Assert.That(tables.Get<P256Curve>(esp256, tables.NextRound()), Is.SameAs(first));
        Assert.That(tables.UsedBytes, Is.EqualTo(3 * s_narrow));

        tables.Get<Sm2Curve>(s_keys[2], tables.NextRound());
        tables.Get<Sm2Curve>(s_keys[3], tables.NextRound());
        tables.Get<Sm2Curve>(s_keys[4], tables.NextRound());
        Assert.That(tables.Count, Is.EqualTo(3));
        Assert.That(tables.Get<P256Curve>(esp256, tables.NextRound()), Is.Not.SameAs(first));
    }

    [Test]
    public void Get_Concurrently_AllAreServedWithinTheLimit()
    {
        var tables = new KeyTables(4 * s_narrow);
        Parallel.For(0, 400, i =>
        {
            var key = s_keys[i % s_keys.Length];
            Assert.That(tables.Get<Sm2Curve>(key, tables.NextRound()).IdentityHash.ToArray(), Is.EqualTo(Sm2Curve.IdentityHash(key)));
        });
        Assert.That(tables.UsedBytes, Is.EqualTo(4 * s_narrow));
        Assert.That(tables.Count, Is.EqualTo(4));
    }

    [Test]
    public void KeyTables_NoRoomForOne_Throws() => Assert.That(() => new KeyTables(s_narrow - 1), Throws.TypeOf<ArgumentOutOfRangeException>());
}
