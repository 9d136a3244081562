using System.Text.Json.Nodes;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;

namespace CrossProvince.Cli.Conformance;

/// <summary>The node that is looked at, and what there is to look with.</summary>
internal sealed record Target : IDisposable
{
    /// <summary>The node's API address.</summary>
    internal required Uri Node { get; init; }

    /// <summary>The region whose node it is meant to be.</summary>
    internal required RegionCode Region { get; init; }

    /// <summary>Without a certificate.</summary>
    internal required Probe Nobody { get; init; }

    /// <summary>With a certificate of its own making.</summary>
    internal required Probe Impostor { get; init; }

    /// <summary>A verifier of the region; null when there is none.</summary>
    internal Probe? Verifier { get; init; }

    /// <summary>A node of another region; null when there is none.</summary>
    internal Probe? Peer { get; init; }

    internal TrustList? Trust { get; init; }

    internal required LicenceCatalogue Catalogue { get; init; }

    /// <summary>A code made a moment ago; null when there is none.</summary>
    internal string? Code { get; init; }

    internal bool MayFlood { get; init; }

    /// <summary>How long the stream is watched.</summary>
    internal required TimeSpan Watch { get; init; }

    /// <summary>How much later than promised something may come, for the way here.</summary>
    internal required TimeSpan Slack { get; init; }

    internal TrustedRegion? TrustedRegion => Trust?.FindRegion(Region);

    /// <summary>Unix seconds.</summary>
    internal static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>What there is.</summary>
    internal Need Has => (Verifier is null ? 0 : Need.Verifier) | (Peer is null ? 0 : Need.Peer) | (Trust is null ? 0 : Need.Trust) | (Code is null ? 0 : Need.Code) | (MayFlood ? Need.Flood : 0);

    /// <summary>The codes of tests/Vectors that any node answers alike: what is no code, and codes of keys that are in no trust list.</summary>
    internal static IReadOnlyList<(string Id, string Text, string Verdict, int Number)> Vectors { get; } = ReadVectors();

    public void Dispose()
    {
        foreach (var probe in new[] { Nobody, Impostor, Verifier, Peer })
        {
            probe?.Dispose();
        }
    }

    private static List<(string Id, string Text, string Verdict, int Number)> ReadVectors()
    {
        const int LastOfReading = 12;
        using var stream = typeof(Target).Assembly.GetManifestResourceStream("codes.json") ?? throw new InvalidOperationException("The test vectors are missing from the program.");
        var found = new List<(string, string, string, int)>();
        foreach (var vector in JsonNode.Parse(stream)!["cases"]!.AsArray())
        {
            var (id, text, verdict, number) = ((string)vector!["id"]!, (string)vector["text"]!, (string)vector["expect"]!["verdict"]!, (int)vector["expect"]!["number"]!);
            if (number != (int)Core.Verification.Verdict.Valid && number <= LastOfReading && text.Length > 0)
            {
                found.Add((id, text, verdict, number));
            }
            else if (id is "valid-sm2" or "valid-esp256")
            {
                found.Add((id, text, "UNKNOWN_KEY", (int)Core.Verification.Verdict.UnknownKey));
            }
        }

        return found;
    }
}
