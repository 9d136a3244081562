using System.Diagnostics;

namespace CrossProvince.Core.Tests.Signatures.Signing.Leaks;

/// <summary>Tells whether an operation takes another time for one class of secrets than for another.</summary>
/// <remarks>
/// <para>O. Reparaz, J. Balasch, I. Verbauwhede, Dude, is my code constant time?, DATE 2017: secrets of both classes come in random order, each call is timed, and Welch's
/// t-test compares the means; |t| above 4.5 says that they differ. It is also taken over the shortest shares of all times, since what the machine does meanwhile makes the long ones.</para>
/// <para>Everything but the secret is alike in both classes: each is copied to the same place before the clock starts, whichever class it is of.</para>
/// </remarks>
internal static class LeakMeter
{
    /// <summary>What |t| stays below where there is no leak.</summary>
    public const double Threshold = 4.5;

    private const int WarmUp = 2000;

    // Shares of the samples that are kept, the shortest first. The longest ones are cut off always: one interruption outweighs ten thousand calls.
    private static readonly double[] s_shares = [0.999, 0.99, 0.95, 0.9, 0.8, 0.6, 0.4];

    /// <summary>Measures.</summary>
    /// <param name="samples">How many calls.</param>
    /// <param name="secretSize">Length of a secret, in bytes.</param>
    /// <param name="makeSecret">Writes a secret: of the fixed class for true, else of the random one.</param>
    /// <param name="operation">What is timed, of one secret.</param>
    /// <returns>The greatest |t|.</returns>
    public static double Measure(int samples, int secretSize, MakeSecret makeSecret, Action<byte[]> operation)
    {
        // A few thousand at a time, so that making secrets and timing do not alternate.
        const int Chunk = 4096;
        var classes = new bool[samples];
        var times = new long[samples];
        var secrets = new byte[Chunk * secretSize];
        var secret = new byte[secretSize];
        var random = TestContext.CurrentContext.Random;
        for (var i = 0; i < WarmUp; i++)
        {
            makeSecret(i % 2 == 0, secret);
            operation(secret);
        }

        for (var first = 0; first < samples; first += Chunk)
        {
            var count = Math.Min(Chunk, samples - first);
            for (var i = 0; i < count; i++)
            {
                classes[first + i] = random.Next(2) == 0;
                makeSecret(classes[first + i], secrets.AsSpan(i * secretSize, secretSize));
            }

            for (var i = 0; i < count; i++)
            {
                secrets.AsSpan(i * secretSize, secretSize).CopyTo(secret);
                var start = Stopwatch.GetTimestamp();
                operation(secret);
                times[first + i] = Stopwatch.GetTimestamp() - start;
            }
        }

        var sorted = times.ToArray();
        Array.Sort(sorted);
        return s_shares.Max(share => Math.Abs(WelchT(classes, times, sorted[(int)(share * (samples - 1))])));
    }

    /// <summary>Welch's t of the times up to a limit.</summary>
    private static double WelchT(bool[] classes, long[] times, long limit)
    {
        Moments fixedClass = default, randomClass = default;
        for (var i = 0; i < times.Length; i++)
        {
            if (times[i] <= limit)
            {
                (classes[i] ? ref fixedClass : ref randomClass).Add(times[i]);
            }
        }

        var error = Math.Sqrt((fixedClass.Variance / fixedClass.Count) + (randomClass.Variance / randomClass.Count));
        return error > 0 ? (fixedClass.Mean - randomClass.Mean) / error : 0;
    }

    /// <summary>Writes a secret of one of the two classes.</summary>
    internal delegate void MakeSecret(bool isFixed, Span<byte> secret);

    /// <summary>Mean and variance as they come in (B. Welford, 1962).</summary>
    private struct Moments
    {
        private double _squares;

        public long Count { get; private set; }

        public double Mean { get; private set; }

        public readonly double Variance => _squares / (Count - 1);

        public void Add(double value)
        {
            Count++;
            var difference = value - Mean;
            Mean += difference / Count;
            _squares += difference * (value - Mean);
        }
    }
}
