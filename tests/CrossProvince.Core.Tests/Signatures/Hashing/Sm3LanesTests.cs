using CrossProvince.Core.Signatures;
using CrossProvince.Core.Signatures.Hashing;
using Org.BouncyCastle.Crypto.Digests;

namespace CrossProvince.Core.Tests.Signatures.Hashing;

/// <summary>Lanes of messages against BouncyCastle, one message after the other.</summary>
[Category("Engines")]
public sealed class Sm3LanesTests
{
    private const int Longest = 300;

    private static readonly string[] s_words =
    [
        nameof(OneWord),
        .. EightWords.IsSupported ? new[] { nameof(EightWords) } : [],
        .. SixteenWords.IsSupported ? new[] { nameof(SixteenWords) } : [],
    ];

    [TestCaseSource(nameof(s_words))]
    public void Hash_EveryLengthInEveryLane_AgreesWithBouncyCastle(string words)
    {
        var check = Of(words);
        for (var length = 0; length <= Longest; length++)
        {
            check(length, int.MaxValue);
        }
    }

    [TestCaseSource(nameof(s_words))]
    public void Hash_EveryNumberOfLanes_OthersDoNotDisturb(string words)
    {
        for (var used = 1; used <= 16; used++)
        {
            Of(words)(150, used);
        }
    }

    private static Action<int, int> Of(string words) => words switch
    {
        nameof(SixteenWords) => Check<SixteenWords>,
        nameof(EightWords) => Check<EightWords>,
        _ => Check<OneWord>,
    };

    private static void Check<T>(int length, int used)
        where T : unmanaged, IWords<T>
    {
        var random = TestContext.CurrentContext.Random;
        var size = Sm3.PaddedSize(length);
        var lanes = new byte[Sm3Lanes.SizeOf<T>(size / 64)];
        random.NextBytes(lanes);
        var expected = new List<byte[]>();
        for (var lane = 0; lane < Math.Min(used, T.Lanes); lane++)
        {
            var message = new byte[length];
            random.NextBytes(message);
            var padded = new byte[size];
            message.CopyTo(padded, 0);
            Assert.That(Sm3.Pad(padded, length, length), Is.EqualTo(size));
            Sm3Lanes.Place<T>(padded, lane, lanes);
            var digest = new SM3Digest();
            digest.BlockUpdate(message);
            var hash = new byte[Sm3.HashSize];
            digest.DoFinal(hash);
            expected.Add(hash);
        }

        var hashes = new byte[Sm3.HashSize * T.Lanes];
        Sm3Lanes.Hash<T>(lanes, hashes);
        for (var lane = 0; lane < expected.Count; lane++)
        {
            var hash = new byte[Sm3.HashSize];
            Sm3Lanes.Take<T>(hashes, lane, hash);
            if (!hash.AsSpan().SequenceEqual(expected[lane]))
            {
                Assert.Fail($"{length} bytes, lane {lane} of {expected.Count}");
            }
        }
    }
}
