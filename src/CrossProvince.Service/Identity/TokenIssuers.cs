using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Hosting;
using Microsoft.IdentityModel.Tokens;

namespace CrossProvince.Service.Identity;

/// <summary>Reads and checks the configured identity providers.</summary>
internal static class TokenIssuers
{
    private const string Setting = "Tokens:Issuers";

    private static readonly HashSet<string> s_algorithms = [SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSsaPssSha256];

    /// <summary>The providers.</summary>
    /// <param name="options">As configured.</param>
    /// <param name="catalogue">Knows the scenarios.</param>
    /// <param name="sampleKey">The sample provider's public key file, which joins them; null outside Development, where sample keys are refused.</param>
    /// <exception cref="ConfigurationException">A setting is wrong, or a file cannot be read.</exception>
    public static IReadOnlyList<TokenIssuer> Read(TokensOptions options, LicenceCatalogue catalogue, string? sampleKey)
    {
        foreach (var (scenario, level) in options.Levels.Scenarios)
        {
            var problem = catalogue.FindScenario(scenario) is null ? "is not in the catalogue of scenarios."
                : !Enum.IsDefined(level) ? "is not Low, Substantial or High."
                : null;
            if (problem is not null)
            {
                throw new ConfigurationException($"Tokens:Levels:Scenarios:{scenario}", problem);
            }
        }

        Validate("Tokens:Levels", options.Levels);
        var issuers = options.Issuers.Select((o, i) => Read(o, $"{Setting}:{i}", refuseSamples: sampleKey is null)).ToList();
        if (sampleKey is not null)
        {
            var key = Check(Setting, () => TokenKeyReader.FromPem(File.ReadAllText(sampleKey)));
            issuers.Add(new TokenIssuer { Name = SampleTokens.Issuer, Audience = SampleTokens.Audience, Operations = true, ReadKeys = _ => Task.FromResult<IReadOnlyList<SecurityKey>>([key]) });
        }

        return issuers.DistinctBy(i => i.Name).Count() == issuers.Count
            ? issuers
            : throw new ConfigurationException(Setting, "names the same issuer twice.");
    }

    private static TokenIssuer Read(TokenIssuerOptions options, string setting, bool refuseSamples)
    {
        if (options.Issuer.Length == 0 || options.Audience.Length == 0)
        {
            throw new ConfigurationException(setting, "has no Issuer or no Audience.");
        }

        Validate(setting, options);
        var sources = new[] { options.KeyFile, options.JwksFile, options.JwksUrl, options.DiscoveryUrl };
        if (sources.Count(s => s is { Length: > 0 }) != 1)
        {
            throw new ConfigurationException(setting, "needs exactly one of KeyFile, JwksFile, JwksUrl and DiscoveryUrl.");
        }

        var regions = new HashSet<RegionCode>();
        foreach (var text in options.OperatorRegions)
        {
            regions.Add(RegionCode.TryParse(text, out var region)
                ? region
                : throw new ConfigurationException($"{setting}:OperatorRegions", $"names '{text}', which is not six digits of GB/T 2260, such as 110000."));
        }

        if (options.HolderCodeTypes.FirstOrDefault(t => t.Length != 3 || !t.All(char.IsAsciiDigit)) is { } wrong)
        {
            throw new ConfigurationException($"{setting}:HolderCodeTypes", $"names '{wrong}', which is not three digits of GB/T 36903, such as 111.");
        }

        if (options.Algorithms.FirstOrDefault(a => !s_algorithms.Contains(a)) is { } algorithm)
        {
            throw new ConfigurationException($"{setting}:Algorithms", $"names '{algorithm}'; tokens may use ES256, RS256 and PS256.");
        }

        if (!options.Holders && regions.Count == 0)
        {
            throw new ConfigurationException(setting, "may speak for nobody: set Holders or OperatorRegions.");
        }

        if (options.Operations && regions.Count == 0)
        {
            throw new ConfigurationException($"{setting}:Operations", "lets it name those who run nodes, but it may speak for no operators: set OperatorRegions.");
        }

        var remote = options.JwksUrl is not null || options.DiscoveryUrl is not null;
        return new TokenIssuer
        {
            Name = options.Issuer,
            Audience = options.Audience,
            ReadKeys = KeySource(options, setting, refuseSamples),
            KeysRefresh = options.JwksFile is null ? options.KeysRefresh : TimeSpan.FromSeconds(10),
            KeysMaxAge = remote ? options.KeysMaxAge : TimeSpan.MaxValue,
            Algorithms = options.Algorithms.Count > 0 ? options.Algorithms.ToHashSet() : new HashSet<string> { SecurityAlgorithms.EcdsaSha256 },
            ClockSkew = options.ClockSkew,
            Holders = options.Holders,
            HolderCodeTypes = options.HolderCodeTypes.Count > 0 ? options.HolderCodeTypes.ToHashSet() : null,
            OperatorRegions = regions,
            Operations = options.Operations,
            SignIn = ReadSignIn(options, setting),
            MinimumLevel = options.MinimumLevel,
            AssumedLevel = options.AssumedLevel,
        };
    }

    private static Func<CancellationToken, Task<IReadOnlyList<SecurityKey>>> KeySource(TokenIssuerOptions options, string setting, bool refuseSamples)
    {
        if (options.KeyFile is { } keyFile)
        {
            var key = Check($"{setting}:KeyFile", () => TokenKeyReader.FromPem(File.ReadAllText(keyFile)));
            return refuseSamples && TokenKeyReader.IsSample(key)
                ? throw new ConfigurationException($"{setting}:KeyFile", "is one of the sample keys, whose private half is public. They work in Development only; make your own with 'crossprovince certs'.")
                : _ => Task.FromResult<IReadOnlyList<SecurityKey>>([key]);
        }

        if (options.JwksFile is { } jwksFile)
        {
            Check($"{setting}:JwksFile", () => TokenKeyReader.FromJwks(File.ReadAllText(jwksFile), refuseSamples));
            return async cancellation => TokenKeyReader.FromJwks(await File.ReadAllTextAsync(jwksFile, cancellation), refuseSamples);
        }

        var http = MakeClient(options, setting);
        if (options.JwksUrl is { } jwksUrl)
        {
            var keySet = ReadUrl(jwksUrl, $"{setting}:JwksUrl");
            return cancellation => TokenKeyReader.FetchAsync(http, keySet, refuseSamples, cancellation);
        }

        var document = ReadUrl(options.DiscoveryUrl!, $"{setting}:DiscoveryUrl");
        return cancellation => TokenKeyReader.DiscoverAsync(http, document, options.Issuer, refuseSamples, cancellation);
    }

    private static SignInClient? ReadSignIn(TokenIssuerOptions options, string setting)
    {
        if (options.ClientId is not { Length: > 0 } id)
        {
            return options.ClientSecretFile is null && options.Scopes.Count == 0
                ? null
                : throw new ConfigurationException($"{setting}:ClientId", "is not set, but ClientSecretFile or Scopes is.");
        }

        if (options.DiscoveryUrl is not { Length: > 0 })
        {
            throw new ConfigurationException($"{setting}:ClientId", "needs DiscoveryUrl, which says where people sign in.");
        }

        var secret = options.ClientSecretFile is { } file ? Check($"{setting}:ClientSecretFile", () => ReadSecret(file), "a secret") : null;
        var document = ReadUrl(options.DiscoveryUrl, $"{setting}:DiscoveryUrl");
        return new SignInClient(id, secret, [.. options.Scopes], options.Title is { Length: > 0 } title ? title : document.Host, document, MakeClient(options, setting));
    }

    private static string ReadSecret(string file) => File.ReadAllText(file).Trim() is { Length: > 0 } secret ? secret : throw new InvalidDataException("is empty.");

    private static HttpClient MakeClient(TokenIssuerOptions options, string setting) =>
        TokenKeyReader.MakeClient(options.CaFile is { } file ? Check($"{setting}:CaFile", () => ReadAuthorities(file)) : null);

    private static X509Certificate2Collection ReadAuthorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new InvalidDataException("holds no certificate in PEM.");
    }

    private static Uri ReadUrl(string text, string setting) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps
        ? url
        : throw new ConfigurationException(setting, $"'{text}' is not an https URL.");

    private static void Validate(string setting, object options)
    {
        var problems = new List<ValidationResult>();
        if (!Validator.TryValidateObject(options, new ValidationContext(options), problems, validateAllProperties: true))
        {
            throw new ConfigurationException($"{setting}:{problems[0].MemberNames.First()}", $"is wrong: {problems[0].ErrorMessage}");
        }
    }

    private static T Check<T>(string setting, Func<T> read, string what = "a key")
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or CryptographicException or ArgumentException)
        {
            throw new ConfigurationException(setting, $"names a file that cannot be read as {what}: {e.Message}");
        }
    }
}
