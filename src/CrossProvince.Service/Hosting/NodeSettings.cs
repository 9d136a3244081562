using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Sealing;

namespace CrossProvince.Service.Hosting;

/// <summary>Everything the node was configured with, read and checked once at start.</summary>
internal sealed class NodeSettings
{
    /// <summary>Difference between clocks that is forgiven online, seconds (docs/payload.md, step 6).</summary>
    public const int SkewSeconds = 30;

    private const string SampleFolder = "certs-sample";

    public required NodeOptions Options { get; init; }

    public required bool IsDevelopment { get; init; }

    public required RegionCode Region { get; init; }

    public required Uri Api { get; init; }

    public required Uri Web { get; init; }

    /// <summary>Where browsers reach <see cref="Web"/>; null where nobody signs in with an identity provider there.</summary>
    public required Uri? PublicUrl { get; init; }

    /// <summary>Whether browsers reach <see cref="Web"/> over TLS.</summary>
    public bool WebIsSecure => Web.Scheme == Uri.UriSchemeHttps || Options.Listen.BehindProxy;

    public required LicenceCatalogue Catalogue { get; init; }

    public required X509Certificate2 Certificate { get; init; }

    /// <summary>Organisation of the node's own certificate.</summary>
    public required string Organisation { get; init; }

    /// <summary>Where the keys that sign are, for each use of a region's keys.</summary>
    public required IReadOnlyList<SigningKeySource> SigningKeys { get; init; }

    public required TrustRoots Roots { get; init; }

    public required string TrustListFile { get; init; }

    /// <summary>Where newer trust lists are fetched; null: nowhere.</summary>
    public required Uri? TrustUrl { get; init; }

    public required string PartnerFile { get; init; }

    public required string DatabaseConnection { get; init; }

    /// <summary>Where the keys of the database are.</summary>
    /// <exception cref="ConfigurationException">Neither said nor to be made.</exception>
    public KeySource StorageKeys(Database database) => KeySource.Find(Options.Storage, IsDevelopment, Region, database.File);

    /// <summary>Empty: no Redis.</summary>
    public required string RedisConnection { get; init; }

    public required IReadOnlyList<TokenIssuer> TokenIssuers { get; init; }

    /// <summary>Signs tokens of the sample identity provider; in Development only.</summary>
    public required ECDsa? SampleTokenKey { get; init; }

    /// <summary>Where the node keeps records of verifications until the database has them.</summary>
    public string SpoolFolder(Database database) =>
        Options.Recording.Directory ?? (database.File is { } file ? $"{file}-spool" : Path.Combine("data", Region.ToString(), "spool"));

    /// <summary>Reads and checks the configuration.</summary>
    /// <exception cref="ConfigurationException">A setting is missing, unreadable or wrong.</exception>
    public static NodeSettings Load(IConfiguration configuration, IHostEnvironment environment)
    {
        if (!NormalFormC.IsAvailable)
        {
            throw new ConfigurationException("Globalization", "is invariant: texts could not be normalised (NFC). Unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT and install the system's ICU library.");
        }

        var options = Bind(configuration);
        var development = environment.IsDevelopment();
        var region = ReadRegion(options, development);
        var certificate = ReadCertificate(Find(options.Identity.Directory, development, "Identity:Directory", region.ToString(), "node"));
        if (PartyName.Find(certificate) is not { Role: PartyName.Node } own || own.Region != region)
        {
            throw new ConfigurationException("Identity:Directory", $"holds a certificate that is not urn:crossprovince:{region}:node:ORGANISATION.");
        }

        var catalogue = ReadCatalogue(options.Catalogue.Path ?? Path.Combine(AppContext.BaseDirectory, "catalogue"));
        var settings = new NodeSettings
        {
            Options = options,
            IsDevelopment = development,
            Region = region,
            Api = ReadUrl(options.Listen.Api, "Listen:Api", https: true),
            Web = ReadUrl(options.Listen.Web, "Listen:Web", https: false),
            PublicUrl = options.Web.PublicUrl is { Length: > 0 } url ? ReadUrl(url, "Web:PublicUrl", https: false) : null,
            Catalogue = catalogue,
            Certificate = certificate,
            Organisation = own.Organisation,
            SigningKeys =
            [
                new(KeyUse.Code, "Keys:Code", Find(options.Keys.Code, development, "Keys:Code", region.ToString(), "keys", "code.key.pem"), options.Signatures.Signer),
                new(KeyUse.Index, "Keys:Index", Find(options.Keys.Index, development, "Keys:Index", region.ToString(), "keys", "index.key.pem"), options.Signatures.Signer),
                new(KeyUse.Receipt, "Keys:Receipt", Find(options.Keys.Receipt, development, "Keys:Receipt", region.ToString(), "keys", "receipt.key.pem"), options.Signatures.Signer),
            ],
            Roots = ReadRoots(options, development),
            TrustListFile = FindTrustList(options, development),
            TrustUrl = options.Trust.Url is { Length: > 0 } trustUrl ? ReadTrustUrl(trustUrl) : null,
            PartnerFile = Find(options.Partners.File, development, "Partners:File", region.ToString(), "partners.json"),
            DatabaseConnection = ReadDatabaseConnection(configuration, region),
            RedisConnection = configuration.GetConnectionString("Redis") ?? "",
            TokenIssuers = Identity.TokenIssuers.Read(options.Tokens, catalogue, development ? Sample("tokens", "issuer.pub.pem") : null),
            SampleTokenKey = development ? ReadSampleTokenKey() : null,
        };
        settings.Check();
        return settings;
    }

    /// <summary>Reads and checks the options.</summary>
    /// <exception cref="ConfigurationException">One is wrong.</exception>
    internal static NodeOptions Bind(IConfiguration configuration)
    {
        NodeOptions options;
        try
        {
            options = configuration.Get<NodeOptions>() ?? new NodeOptions();
        }
        catch (InvalidOperationException e)
        {
            throw new ConfigurationException("Configuration", $"cannot be read: {e.Message}");
        }

        foreach (var (name, part) in new (string, object)[]
        {
            ("Listen", options.Listen), ("Trust", options.Trust), ("Freshness", options.Freshness), ("SingleUse", options.SingleUse),
            ("Limits", options.Limits), ("Limits:Node", options.Limits.Node), ("Limits:Organisation", options.Limits.Organisation), ("Limits:Person", options.Limits.Person),
            ("Limits:Stranger", options.Limits.Stranger),
            ("Web", options.Web), ("Recording", options.Recording), ("Signatures", options.Signatures), ("Federation", options.Federation), ("Federation:Breaker", options.Federation.Breaker),
        })
        {
            var problems = new List<ValidationResult>();
            if (!Validator.TryValidateObject(part, new ValidationContext(part), problems, validateAllProperties: true))
            {
                throw new ConfigurationException($"{name}:{problems[0].MemberNames.First()}", $"is wrong: {problems[0].ErrorMessage}");
            }
        }

        if (options.Freshness.Hard < options.Freshness.Soft)
        {
            throw new ConfigurationException("Freshness:Hard", "is below Freshness:Soft.");
        }

        return options;
    }

    /// <summary>Where the database is.</summary>
    internal static string ReadDatabaseConnection(IConfiguration configuration, RegionCode region) => configuration.GetConnectionString("Database") is { Length: > 0 } given
        ? given
        : $"Data Source={Path.Combine("data", region.ToString(), "node.db")}";

    /// <summary>The trust list as the file has it now.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, or is refused.</exception>
    internal static TrustList ReadTrustList(NodeOptions options, bool development)
    {
        try
        {
            return TrustListDocument.Open(File.ReadAllBytes(FindTrustList(options, development)), ReadRoots(options, development));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or TrustListException)
        {
            throw new ConfigurationException("Trust:List", $"holds no usable trust list: {e.Message}");
        }
    }

    /// <summary>The node's region.</summary>
    /// <exception cref="ConfigurationException">It is none.</exception>
    internal static RegionCode ReadRegion(NodeOptions options, bool development)
    {
        var text = options.Region ?? (development ? "110000" : throw Missing("Region"));
        return RegionCode.TryParse(text, out var region)
            ? region
            : throw new ConfigurationException("Region", $"'{text}' is not six digits of GB/T 2260, such as 110000.");
    }

    private static string Find(string? given, bool development, string setting, params string[] sample) =>
        given ?? (development ? Sample(sample) : throw Missing(setting));

    private static string Sample(params string[] parts) => Path.Combine([AppContext.BaseDirectory, SampleFolder, .. parts]);

    private static ConfigurationException Missing(string setting) =>
        new(setting, "is not set. Outside Development everything is set explicitly; to try the node with sample keys, start it with --environment Development.");

    private static Uri ReadUrl(string text, string setting, bool https)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttps && (https || url.Scheme != Uri.UriSchemeHttp)) || url.AbsolutePath != "/")
        {
            throw new ConfigurationException(setting, $"'{text}' is not a URL like {(https ? "https://127.0.0.1:7443" : "http://127.0.0.1:7080")}.");
        }

        return url;
    }

    private static LicenceCatalogue ReadCatalogue(string folder)
    {
        try
        {
            CatalogueFile Read(string name) => new(name, File.ReadAllBytes(Path.Combine(folder, name)));
            return LicenceCatalogue.Parse(Read("licence-types.json"), Read("scenarios.json"), Read("recognitions.json"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CatalogueException)
        {
            throw new ConfigurationException("Catalogue:Path", $"holds no usable catalogue: {e.Message}");
        }
    }

    private static X509Certificate2 ReadCertificate(string folder)
    {
        try
        {
            using var pem = X509Certificate2.CreateFromPemFile(Path.Combine(folder, "cert.pem"), Path.Combine(folder, "key.pem"));

            // TLS wants the key with the certificate in one store; the round trip through PKCS#12 gives it that everywhere.
            return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ConfigurationException("Identity:Directory", $"holds no readable cert.pem and key.pem that belong together: {e.Message}");
        }
    }

    private static Uri ReadTrustUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp) && url.UserInfo.Length == 0
            ? url
            : throw new ConfigurationException("Trust:Url", "is not a URL like https://trust.example/trust-list.cose; it holds no user name and no password.");

    private static TrustRoots ReadRoots(NodeOptions options, bool development)
    {
        string[] files = options.Trust.Roots.Count > 0 || !development
            ? [.. options.Trust.Roots]
            : [.. Enumerable.Range(1, 3).Select(n => Sample("roots", $"root-{n}.pub.pem"))];
        return files.Length >= 2
            ? new TrustRoots([.. files.Select(f => Read("Trust:Roots", f, Core.Signatures.PublicKey.FromPem))])
            : throw new ConfigurationException("Trust:Roots", "names fewer than two root keys; a trust list needs two signatures.");
    }

    private static string FindTrustList(NodeOptions options, bool development) => Find(options.Trust.List, development, "Trust:List", "trust-list.cose");

    /// <exception cref="ConfigurationException">The file cannot be read.</exception>
    internal static T Read<T>(string setting, string file, Func<string, T> parse)
    {
        try
        {
            return parse(File.ReadAllText(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or KeyFormatException or CryptographicException or ArgumentException)
        {
            throw new ConfigurationException(setting, $"names a file that cannot be read as a key: {e.Message}");
        }
    }

    private static ECDsa ReadSampleTokenKey() => Read("Tokens:Issuers", Sample("tokens", "issuer.key.pem"), ReadP256);

    private static ECDsa ReadP256(string pem)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return key;
    }

    private void Check()
    {
        if (Web.Scheme == Uri.UriSchemeHttp && !Web.IsLoopback && !Options.Listen.BehindProxy)
        {
            throw new ConfigurationException("Listen:Web", "is outside loopback without TLS: use https, or set Listen:BehindProxy when a TLS-ending proxy stands before it.");
        }

        if (PublicUrl is null && TokenIssuers.Any(i => i.SignIn is not null))
        {
            throw new ConfigurationException("Web:PublicUrl", "is not set, but people sign in with an identity provider (Tokens:Issuers): say where it sends their browsers back to.");
        }

        if (PublicUrl is not null && (PublicUrl.Scheme == Uri.UriSchemeHttps) != WebIsSecure)
        {
            throw new ConfigurationException("Web:PublicUrl", "must begin with https exactly where Listen:Web is https or behind a proxy.");
        }

        foreach (var source in SigningKeys)
        {
            source.Read();
        }

        if (!IsDevelopment)
        {
            RefuseSamples();
        }
    }

    /// <summary>Sample keys are public: whoever runs on them can be impersonated by anyone.</summary>
    private void RefuseSamples()
    {
        Refuse("Identity:Directory", Certificate.PublicKey.ExportSubjectPublicKeyInfo());
        foreach (var (setting, signer) in SigningKeys.SelectMany(source => source.Read().Select(signer => (source.Setting, signer))))
        {
            Refuse(setting, signer.PublicKey.Spki.Span);
        }

        foreach (var root in Roots.Keys)
        {
            Refuse("Trust:Roots", root.Spki.Span);
        }

        static void Refuse(string setting, ReadOnlySpan<byte> spki)
        {
            if (SampleKeys.Contains(spki))
            {
                throw new ConfigurationException(setting, "is one of the sample keys, whose private half is public. They work in Development only; make your own with 'crossprovince certs'.");
            }
        }
    }
}
