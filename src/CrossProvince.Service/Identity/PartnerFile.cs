using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Service.Identity;

/// <summary>What one organisation of the own region may do.</summary>
internal sealed record PartnerEntry
{
    public required string Organisation { get; init; }

    /// <summary><c>verifier</c> or <c>authority</c>.</summary>
    public required string Role { get; init; }

    public PartnerNames? Names { get; init; }

    /// <summary>Scenarios it may use; null means those open to any organisation.</summary>
    public HashSet<string>? Scenarios { get; init; }

    /// <summary>Issuer codes whose licences it may touch besides its own.</summary>
    public HashSet<string>? Issuers { get; init; }

    public bool Revoked { get; init; }
}

internal sealed record PartnerNames(string Zh, string En);

/// <summary>The node's partner file; consulted on every request, read again when it changes.</summary>
internal sealed partial class PartnerFile
{
    private static readonly TimeSpan s_checkInterval = TimeSpan.FromSeconds(1);

    private static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
    };

    private readonly NodeSettings _node;
    private readonly ILogger<PartnerFile> _logger;
    private readonly Lock _reading = new();
    private Loaded _loaded;
    private long _checkedAt;

    /// <exception cref="ConfigurationException">The file cannot be read.</exception>
    public PartnerFile(NodeSettings node, ILogger<PartnerFile> logger)
    {
        (_node, _logger) = (node, logger);
        try
        {
            _loaded = Read();
        }
        catch (InvalidDataException e)
        {
            throw new ConfigurationException("Partners:File", e.Message);
        }
    }

    /// <summary>The entry of an organisation in a role; null when it has none or is revoked.</summary>
    public PartnerEntry? Find(string role, string organisation)
    {
        Refresh();
        var entry = Volatile.Read(ref _loaded).Entries.GetValueOrDefault((role, organisation));
        return entry is { Revoked: false } ? entry : null;
    }

    /// <summary>Names of an organisation that verifies, or did; null when the file does not have them.</summary>
    public PartnerNames? FindNames(string organisation)
    {
        Refresh();
        return Volatile.Read(ref _loaded).Entries.GetValueOrDefault((PartyName.Verifier, organisation))?.Names;
    }

    /// <summary>Whether a certificate is refused whoever's it is.</summary>
    /// <param name="thumbprint">SHA-256 of the certificate (DER), upper-case hexadecimal.</param>
    public bool IsRevoked(string thumbprint)
    {
        Refresh();
        return Volatile.Read(ref _loaded).RevokedCertificates.Contains(thumbprint);
    }

    private void Refresh()
    {
        if (Environment.TickCount64 - Volatile.Read(ref _checkedAt) < s_checkInterval.TotalMilliseconds || !_reading.TryEnter())
        {
            return;
        }

        var writtenAt = _loaded.WrittenAt;
        try
        {
            Volatile.Write(ref _checkedAt, Environment.TickCount64);
            writtenAt = File.GetLastWriteTimeUtc(_node.PartnerFile);
            if (writtenAt != _loaded.WrittenAt)
            {
                Volatile.Write(ref _loaded, Read());
                LogRead(_loaded.Entries.Count);
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            // Said once for each writing of the file; the last good one stays in use.
            Volatile.Write(ref _loaded, _loaded with { WrittenAt = writtenAt });
            LogNotRead(e.Message);
        }
        finally
        {
            _reading.Exit();
        }
    }

    private Loaded Read()
    {
        try
        {
            var writtenAt = File.GetLastWriteTimeUtc(_node.PartnerFile);
            var file = JsonSerializer.Deserialize<FileJson>(File.ReadAllBytes(_node.PartnerFile), s_options);
            var entries = new Dictionary<(string, string), PartnerEntry>();
            foreach (var entry in file?.Organisations ?? throw new InvalidDataException("holds no list of organisations."))
            {
                if (string.IsNullOrWhiteSpace(entry?.Organisation))
                {
                    throw new InvalidDataException("has an entry that names no organisation.");
                }

                if (entry.Role is not (PartyName.Verifier or PartyName.Authority))
                {
                    throw new InvalidDataException($"names role '{entry.Role}'; a role is verifier or authority.");
                }

                if (entry.Scenarios?.FirstOrDefault(s => _node.Catalogue.FindScenario(s) is null) is { } unknown)
                {
                    throw new InvalidDataException($"names scenario '{unknown}' for {entry.Organisation}, which is not in the catalogue.");
                }

                if (!entries.TryAdd((entry.Role, entry.Organisation), entry))
                {
                    throw new InvalidDataException($"names {entry.Organisation} as {entry.Role} twice.");
                }
            }

            return new Loaded(entries, ReadRevoked(file.RevokedCertificates), writtenAt);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InvalidDataException($"cannot be read: {e.Message}", e);
        }
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

    [LoggerMessage(Level = LogLevel.Information, Message = "The partner file was read again: {Count} entries.")]
    private partial void LogRead(int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "The partner file {Problem} The last good one stays in use.")]
    private partial void LogNotRead(string problem);

    private sealed record Loaded(Dictionary<(string Role, string Organisation), PartnerEntry> Entries, HashSet<string> RevokedCertificates, DateTime WrittenAt);

    private sealed record FileJson
    {
        [JsonRequired]
        public IReadOnlyList<PartnerEntry?> Organisations { get; init; } = [];

        public IReadOnlyList<string?> RevokedCertificates { get; init; } = [];
    }
}
