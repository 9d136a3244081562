using System.ComponentModel.DataAnnotations;

namespace CrossProvince.Service.Hosting;

/// <summary>What can be set on a node: <c>appsettings.json</c>, environment variables (<c>Listen__Api=…</c>) and command line.</summary>
/// <remarks>In Development whatever is left out is taken from the sample set; elsewhere the node says what is missing.</remarks>
public sealed class NodeOptions
{
    /// <summary>The region whose node this is.</summary>
    /// <value>Six digits of GB/T 2260; in Development default 110000.</value>
    public string? Region { get; set; }

    /// <summary>Where the node listens.</summary>
    public ListenOptions Listen { get; set; } = new();

    /// <summary>The certificate with which the node presents itself.</summary>
    public IdentityOptions Identity { get; set; } = new();

    /// <summary>The trust list.</summary>
    public TrustOptions Trust { get; set; } = new();

    /// <summary>What organisations of the own region may do.</summary>
    public PartnersOptions Partners { get; set; } = new();

    /// <summary>How old a copy of a region's index may be.</summary>
    public FreshnessOptions Freshness { get; set; } = new();

    /// <summary>The node's signing keys.</summary>
    public KeysOptions Keys { get; set; } = new();

    /// <summary>Identity providers of holders and operators.</summary>
    public TokensOptions Tokens { get; set; } = new();

    /// <summary>The shared catalogue.</summary>
    public CatalogueOptions Catalogue { get; set; } = new();

    /// <summary>How single use is kept.</summary>
    public SingleUseOptions SingleUse { get; set; } = new();
}

/// <summary>Where the node listens.</summary>
public sealed class ListenOptions
{
    /// <summary>gRPC and partner HTTP, TLS with client certificates.</summary>
    /// <value>Default <c>https://127.0.0.1:7443</c>.</value>
    [Required]
    public string Api { get; set; } = "https://127.0.0.1:7443";

    /// <summary>Health for the region's own machines. Outside loopback it needs TLS or <c>Listen:BehindProxy</c>.</summary>
    /// <value>Default <c>http://127.0.0.1:7080</c>.</value>
    [Required]
    public string Web { get; set; } = "http://127.0.0.1:7080";

    /// <summary>Whether a TLS-ending proxy stands before <see cref="Web"/>.</summary>
    /// <value>Default false.</value>
    public bool BehindProxy { get; set; }
}

/// <summary>The certificate with which the node presents itself.</summary>
public sealed class IdentityOptions
{
    /// <summary>Folder with <c>cert.pem</c> and <c>key.pem</c>; the certificate's URN names the region and role <c>node</c>.</summary>
    public string? Directory { get; set; }
}

/// <summary>The trust list.</summary>
public sealed class TrustOptions
{
    /// <summary>File of the signed trust list.</summary>
    public string? List { get; set; }

    /// <summary>Public key files (PEM) of the roots; two of them must have signed the list.</summary>
    public IList<string> Roots { get; } = [];

    /// <summary>How often the list is read again.</summary>
    /// <value>Default 60 s; 1 s to 1 day.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromSeconds(60);
}

/// <summary>What organisations of the own region may do.</summary>
public sealed class PartnersOptions
{
    /// <summary>The partner file; read again whenever it changes.</summary>
    public string? File { get; set; }
}

/// <summary>How old a copy of a region's index may be; a scenario may say otherwise.</summary>
public sealed class FreshnessOptions
{
    /// <summary>Age from which a valid answer is marked stale.</summary>
    /// <value>Default 60 s; 1 s to 1 day.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Soft { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Age from which the node stops answering VALID.</summary>
    /// <value>Default 600 s; 1 s to 1 day; not below <see cref="Soft"/>.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Hard { get; set; } = TimeSpan.FromSeconds(600);
}

/// <summary>The node's signing keys: PKCS#8 PEM files, each with one use in the trust list.</summary>
public sealed class KeysOptions
{
    /// <summary>Signs presentation codes.</summary>
    public string? Code { get; set; }

    /// <summary>Signs heads.</summary>
    public string? Index { get; set; }

    /// <summary>Signs verification receipts.</summary>
    public string? Receipt { get; set; }
}

/// <summary>Identity providers of holders and operators.</summary>
public sealed class TokensOptions
{
    /// <summary>One entry a provider; no provider can speak for another.</summary>
    public IList<TokenIssuerOptions> Issuers { get; } = [];
}

/// <summary>One identity provider.</summary>
public sealed class TokenIssuerOptions
{
    /// <summary>The <c>iss</c> of its tokens.</summary>
    [Required]
    public string Issuer { get; set; } = "";

    /// <summary>The <c>aud</c> that its tokens must carry.</summary>
    [Required]
    public string Audience { get; set; } = "";

    /// <summary>Public key file (PEM, P-256) that its tokens are signed with (ES256).</summary>
    [Required]
    public string KeyFile { get; set; } = "";
}

/// <summary>The shared catalogue.</summary>
public sealed class CatalogueOptions
{
    /// <summary>Folder with licence-types.json, scenarios.json and recognitions.json.</summary>
    /// <value>Default: the catalogue that comes with the program.</value>
    public string? Path { get; set; }
}

/// <summary>How single use is kept.</summary>
public sealed class SingleUseOptions
{
    /// <summary>What remembers used showings.</summary>
    /// <value>Default <see cref="UsedShowingsStore.Database"/>.</value>
    [EnumDataType(typeof(UsedShowingsStore))]
    public UsedShowingsStore Store { get; set; } = UsedShowingsStore.Database;
}

/// <summary>What remembers used showings.</summary>
public enum UsedShowingsStore
{
    /// <summary>The database's own table: survives restarts.</summary>
    Database,

    /// <summary>Redis, or without one the process's memory: faster; after it was lost, single-use scenarios answer USE_NOT_CHECKED until older codes have died.</summary>
    Cache,
}
