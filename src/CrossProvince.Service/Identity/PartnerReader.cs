using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;

namespace CrossProvince.Service.Identity;

/// <summary>Reads a partner file and holds every name in it against catalogue and region.</summary>
internal sealed class PartnerReader(LicenceCatalogue catalogue, RegionCode own)
{
    private const int LongestOrganisation = 64;
    private const int LongestName = 200;
    private const int MostPerSecond = 1_000_000;
    private const int LeastBurst = 1_000;
    private const int MostBurst = 10_000_000;
    private const int MostCalls = 100_000;

    private static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
    };

    /// <summary>Reads a file.</summary>
    /// <param name="file">Its path.</param>
    /// <exception cref="InvalidDataException">It cannot be read, or something in it is wrong; the message is to be read after "the partner file".</exception>
    public PartnerList Read(string file)
    {
        try
        {
            var writtenAt = File.GetLastWriteTimeUtc(file);
            return Check(JsonSerializer.Deserialize<FileJson>(File.ReadAllBytes(file), s_options), writtenAt);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InvalidDataException($"cannot be read: {e.Message}", e);
        }
    }

    private PartnerList Check(FileJson? file, DateTime writtenAt)
    {
        var entries = new Dictionary<(string, string), PartnerEntry>();
        foreach (var entry in file?.Organisations ?? throw new InvalidDataException("holds no list of organisations."))
        {
            if (string.IsNullOrWhiteSpace(entry?.Organisation))
            {
                throw new InvalidDataException("has an entry that names no organisation.");
            }

            CheckEntry(entry);
            if (!entries.TryAdd((entry.Role, entry.Organisation), entry))
            {
                throw new InvalidDataException($"names {entry.Organisation} as {entry.Role} twice.");
            }
        }

        return new PartnerList(entries, ReadRegions(file.Regions), ReadRevoked(file.RevokedCertificates), writtenAt);
    }

    private void CheckEntry(PartnerEntry entry)
    {
        var who = entry.Organisation;
        if (who.Length > LongestOrganisation || who.Contains(':', StringComparison.Ordinal) || who.Any(char.IsControl))
        {
            throw new InvalidDataException($"names an organisation of more than {LongestOrganisation} characters, or with a colon or control character: no certificate or token can name it.");
        }

        if (entry.Role is not (PartyName.Verifier or PartyName.Authority))
        {
            throw new InvalidDataException($"names role '{entry.Role}'; a role is verifier or authority.");
        }

        if (entry.Names is { } names && (names.Zh.Length > LongestName || names.En.Length > LongestName))
        {
            throw new InvalidDataException($"gives {who} a name of more than {LongestName} characters.");
        }

        if (entry.Scenarios?.FirstOrDefault(s => catalogue.FindScenario(s) is null) is { } scenario)
        {
            throw new InvalidDataException($"names scenario '{scenario}' for {who}, which is not in the catalogue.");
        }

        if (entry.Types?.FirstOrDefault(t => catalogue.FindType(t) is null) is { } type)
        {
            throw new InvalidDataException($"names licence type '{type}' for {who}, which is not in the catalogue.");
        }

        if (entry.Issuers?.FirstOrDefault(i => !IsIssuer(i)) is { } issuer)
        {
            throw new InvalidDataException(
                $"names issuer '{issuer}' for {who}, which is neither a unified social credit code with a correct check character (GB 32100) nor a region code (GB/T 2260), or is of another region than {own}.");
        }

        CheckLimits(entry.Limits, who);
    }

    /// <summary>As licences name their issuers (<c>issuer.code</c>).</summary>
    private bool IsIssuer(string code)
    {
        var region = RegionCode.TryParse(code, out _) ? code : SocialCreditCode.IsValid(code) ? code[2..8] : "";
        return region.Length > 0 && region.AsSpan(0, 2).SequenceEqual(own.ToString().AsSpan(0, 2));
    }

    private static void CheckLimits(PartnerLimits? limits, string who)
    {
        Check("perSecond", limits?.PerSecond, 1, MostPerSecond);
        Check("burst", limits?.Burst, LeastBurst, MostBurst);
        Check("calls", limits?.Calls, 1, MostCalls);
        Check("perDay", limits?.PerDay, 1, long.MaxValue);

        void Check(string name, long? value, long least, long most)
        {
            if (value < least || value > most)
            {
                throw new InvalidDataException(most == long.MaxValue ? $"sets limits.{name} of {who} to {value}; it must be {least} or more." : $"sets limits.{name} of {who} to {value}; it must be {least} to {most}.");
            }
        }
    }

    private Dictionary<RegionCode, PartnerRegion> ReadRegions(IReadOnlyList<PartnerRegion?> written)
    {
        var regions = new Dictionary<RegionCode, PartnerRegion>();
        foreach (var region in written)
        {
            if (!RegionCode.TryParse(region?.Region, out var code) || code == own)
            {
                throw new InvalidDataException($"names region '{region?.Region}' among regions; there stand other regions than {own}, by six digits.");
            }

            CheckLimits(region!.Limits, $"region {code}");
            if (!regions.TryAdd(code, region))
            {
                throw new InvalidDataException($"names region {code} twice.");
            }
        }

        return regions;
    }

    private static HashSet<string> ReadRevoked(IReadOnlyList<string?> written)
    {
        var revoked = new HashSet<string>();
        foreach (var text in written)
        {
            var thumbprint = text?.Replace(":", "", StringComparison.Ordinal).ToUpperInvariant() ?? "";
            if (thumbprint.Length != SHA256.HashSizeInBytes * 2 || !thumbprint.All(char.IsAsciiHexDigitUpper))
            {
                throw new InvalidDataException($"names '{text}' among revokedCertificates; that is no SHA-256 of a certificate (openssl x509 -noout -fingerprint -sha256).");
            }

            revoked.Add(thumbprint);
        }

        return revoked;
    }

    private sealed record FileJson
    {
        [JsonRequired]
        public IReadOnlyList<PartnerEntry?> Organisations { get; init; } = [];

        public IReadOnlyList<PartnerRegion?> Regions { get; init; } = [];

        public IReadOnlyList<string?> RevokedCertificates { get; init; } = [];
    }
}
