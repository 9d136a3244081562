using System.Text.Json;
using CrossProvince.Cli.Samples;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Core.Catalogue;

namespace CrossProvince.LoadTest.Scale;

/// <summary>Has a node import the own region's licences, as an authority would.</summary>
internal static class OwnRows
{
    private const int LinesOfOneMessage = 500;
    private const int Streams = 4;
    private const int LicencesOfAPerson = 3;
    private const int Tries = 10;
    private const int LinesOfOneReport = 500_000;

    /// <summary>Imports made-up licences.</summary>
    /// <returns>Identifiers of some that are in force, at most <paramref name="wanted"/>.</returns>
    /// <exception cref="LoadTestException">The node refused a line.</exception>
    public static async Task<IReadOnlyList<string>> ImportAsync(NodeConnection authority, LicenceCatalogue catalogue, int rows, int wanted, TextWriter progress, CancellationToken cancellation)
    {
        var ids = new List<string>(wanted);
        var number = 0;
        using var messages = new SampleLicences(catalogue).Generate((rows / LicencesOfAPerson) + 10, seed: 7, ScalePlan.Own).Take(rows).Chunk(LinesOfOneMessage).GetEnumerator();
        var taking = new Lock();
        await Task.WhenAll(Enumerable.Range(0, Streams).Select(_ => Task.Run(SendAsync, cancellation)));
        return number == rows ? ids : throw new LoadTestException($"Only {number} of {rows} licences could be made up.");

        async Task SendAsync()
        {
            var (first, lines) = Take();
            for (var tries = 0; lines.Length > 0; tries++)
            {
                try
                {
                    using var call = authority.Licences.ImportLicences(deadline: DateTime.UtcNow.AddHours(2), cancellationToken: cancellation);
                    while (lines.Length > 0)
                    {
                        await call.RequestStream.WriteAsync(new ImportLicencesRequest { FirstLineNumber = first, Lines = { lines } }, cancellation);
                        if (!await call.ResponseStream.MoveNext(cancellation) || call.ResponseStream.Current.Refused.Count > 0)
                        {
                            throw new LoadTestException($"The node refused line {first} of the sample licences, or one after it.");
                        }

                        (tries, (first, lines)) = (0, Take());
                    }

                    await call.RequestStream.CompleteAsync();
                }
                catch (NodeException) when (tries < Tries)
                {
                    // A node that is too busy says so; lines that come twice do no harm.
                    await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
                }
            }
        }

        (int First, string[] Lines) Take()
        {
            lock (taking)
            {
                var lines = messages.MoveNext() ? messages.Current : [];
                var first = number + 1;
                number += lines.Length;
                ids.AddRange(lines.Select(InForce).OfType<string>().Take(wanted - ids.Count));
                if (number / LinesOfOneReport > (first - 1) / LinesOfOneReport)
                {
                    progress.WriteLine($"{number:N0} licences are imported ...");
                }

                return (first, lines);
            }
        }

        string? InForce(string line)
        {
            if (ids.Count == wanted)
            {
                return null;
            }

            using var licence = JsonDocument.Parse(line);
            return licence.RootElement.GetProperty("status").GetString() == "valid" ? licence.RootElement.GetProperty("licence_id").GetString() : null;
        }
    }
}
