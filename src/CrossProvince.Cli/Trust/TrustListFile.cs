using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CrossProvince.Cli.Certs;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;

namespace CrossProvince.Cli.Trust;

/// <summary>A trust list as a person writes it: the fields of docs/signed-documents.md, keys and certificates by file, instants in RFC 3339.</summary>
internal sealed record TrustListFile
{
    internal static JsonSerializerOptions JsonOptions { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    public required long Version { get; init; }

    public required DateTimeOffset Iat { get; init; }

    public required DateTimeOffset Exp { get; init; }

    public required IReadOnlyList<RegionEntry> Regions { get; init; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="UsageException">It is not of this shape.</exception>
    internal static TrustListFile Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<TrustListFile>(File.ReadAllBytes(path), JsonOptions) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            // The exception counts lines from 0 and repeats the place in its text.
            var place = $"{path}:{(e.LineNumber ?? 0) + 1}";
            var reason = e.Message.Split(" Path: ")[0];
            throw new UsageException($"{place}：无法读取：{reason}", $"{place}: {reason}");
        }
    }

    internal string ToJson() => JsonSerializer.Serialize(this, JsonOptions) + "\n";

    /// <summary>Reads the keys and certificates that it names.</summary>
    /// <param name="directory">What the file names are relative to.</param>
    /// <param name="catalogueHash">Hash of the catalogue.</param>
    /// <exception cref="UsageException">One can't be read, or the list breaks a rule.</exception>
    internal TrustList Resolve(string directory, ReadOnlyMemory<byte> catalogueHash)
    {
        try
        {
            return new TrustList(Version, Iat.ToUnixTimeSeconds(), Exp.ToUnixTimeSeconds(), [.. Regions.Select(region => Resolve(region, directory))], catalogueHash);
        }
        catch (TrustListException e)
        {
            throw new UsageException($"信任列表无效：{e.Message}", e.Message);
        }
    }

    private static TrustedRegion Resolve(RegionEntry region, string directory) => new()
    {
        Code = RegionCode.TryParse(region.Code, out var code)
            ? code
            : throw new UsageException($"“{region.Code}”不是六位地区代码。", $"'{region.Code}' is not a region code of six digits."),
        Names = region.Names,
        CertificateAuthorities = [.. region.Cas.Select(file => RegionOptions.ReadCertificate(Path.Combine(directory, file)))],
        Keys = [.. region.Keys.Select(key => Resolve(key, directory))],
        ApiEndpoint = region.Endpoints.Api,
        ListBound = region.Lists.Bound,
        PartnerRoles = region.Partners.Roles,
    };

    private static TrustedKey Resolve(KeyEntry key, string directory) => new()
    {
        Key = SigningKeyFiles.ReadPublic(Path.Combine(directory, key.File)),
        Use = key.Use,
        Types = key.Types,
        NotBefore = key.NotBefore.ToUnixTimeSeconds(),
        NotAfter = key.NotAfter.ToUnixTimeSeconds(),
        RetiredAt = key.RetiredAt?.ToUnixTimeSeconds(),
        CompromisedAt = key.CompromisedAt?.ToUnixTimeSeconds(),
    };

    internal sealed record RegionEntry
    {
        public required string Code { get; init; }

        public required LocalizedText Names { get; init; }

        public required IReadOnlyList<string> Cas { get; init; }

        public required IReadOnlyList<KeyEntry> Keys { get; init; }

        public required EndpointsEntry Endpoints { get; init; }

        public required ListsEntry Lists { get; init; }

        public required PartnersEntry Partners { get; init; }
    }

    internal sealed record KeyEntry
    {
        public required string File { get; init; }

        public required KeyUse Use { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public IReadOnlyList<int>? Types { get; init; }

        public required DateTimeOffset NotBefore { get; init; }

        public required DateTimeOffset NotAfter { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public DateTimeOffset? RetiredAt { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public DateTimeOffset? CompromisedAt { get; init; }
    }

    internal sealed record EndpointsEntry
    {
        public required string Api { get; init; }
    }

    internal sealed record ListsEntry
    {
        public required int Bound { get; init; }
    }

    internal sealed record PartnersEntry
    {
        public required IReadOnlyList<string> Roles { get; init; }
    }
}
