using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using CrossProvince.Service.Recording;

namespace CrossProvince.Service.Tests.Recording;

/// <summary>A process that appends is killed again and again: nothing that it was told to be durable is missing.</summary>
public sealed class SpoolKillTests
{
    /// <summary>The first argument by which this assembly's program becomes such a process.</summary>
    internal const string Verb = "append-until-killed";

    private const int Kills = 5;
    private const int Callers = 4;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Test]
    public async Task Append_KilledInTheMiddle_LosesNothingAcknowledged()
    {
        var folder = Directory.CreateTempSubdirectory("crossprovince-spool-").FullName;
        var acknowledged = new ConcurrentQueue<string>();
        var random = new Random(20261123);
        for (var kill = 0; kill < Kills; kill++)
        {
            await KillAsync(folder, kill, random.Next(300), acknowledged);
        }

        List<string> found;
        using (var spool = new TestSpool(folder))
        {
            found = [.. spool.Ids()];
            Assert.That((spool.Lost("damaged"), spool.Lost("missing")), Is.EqualTo((0, 0)));
        }

        await TestContext.Out.WriteLineAsync($"{Kills} kills; acknowledged {acknowledged.Count}, found {found.Count}");
        Assert.That(acknowledged, Has.Count.GreaterThan(Kills * 10));
        Assert.That(acknowledged.Except(found), Is.Empty);
        Assert.That(found, Is.Unique);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Appends without rest, and writes down what has become durable.</summary>
    internal static async Task AppendAsync(string folder, int life)
    {
        using var spool = new TestSpool(folder, new RecordingOptions { MaxBytes = 16L << 20 });
        spool.Writer.Start();
        var output = TextWriter.Synchronized(Console.Out);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async caller =>
        {
            for (var n = 0; ; n++)
            {
                var first = (((life * Callers) + caller) * 1_000_000) + (n * 10);
                await spool.Writer.AppendAsync(TestRecords.Make(first, 1 + (n % 10)));
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{first} {1 + (n % 10)}."));
            }
        }));
    }

    private static async Task KillAsync(string folder, int life, int milliseconds, ConcurrentQueue<string> acknowledged)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(SpoolKillTests).Assembly.Location, Verb, folder, $"{life}"]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var reading = Task.Run(async () =>
        {
            // A line that was cut by the kill has no end.
            while (await process.StandardOutput.ReadLineAsync() is { } line && line.EndsWith('.'))
            {
                var numbers = line.TrimEnd('.').Split(' ').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray();
                for (var n = 0; n < numbers[1]; n++)
                {
                    acknowledged.Enqueue(TestRecords.Id(numbers[0] + n));
                }
            }
        });
        var before = acknowledged.Count;
        var waited = Stopwatch.StartNew();
        while (acknowledged.Count == before)
        {
            Assert.That(process.HasExited, Is.False);
            Assert.That(waited.Elapsed, Is.LessThan(s_patience));
            await Task.Delay(5);
        }

        await Task.Delay(milliseconds);
        process.Kill();
        await process.WaitForExitAsync();
        await reading;
    }
}
