using System.ComponentModel.DataAnnotations;

namespace CrossProvince.Service.Identity;

/// <summary>Identity providers of holders and operators.</summary>
public sealed class TokensOptions
{
    /// <summary>One entry a provider; no provider can speak for another.</summary>
    public IList<TokenIssuerOptions> Issuers { get; } = [];

    /// <summary>Least level of assurance of each operation.</summary>
    public TokenLevelsOptions Levels { get; set; } = new();
}

/// <summary>Least level of assurance of what is done with a token.</summary>
public sealed class TokenLevelsOptions
{
    /// <summary>To list licences and uses.</summary>
    /// <value>Default <see cref="LevelOfAssurance.Substantial"/>.</value>
    [EnumDataType(typeof(LevelOfAssurance))]
    public LevelOfAssurance Read { get; set; } = LevelOfAssurance.Substantial;

    /// <summary>To show a licence. Withdrawing a showing needs no level.</summary>
    /// <value>Default <see cref="LevelOfAssurance.Substantial"/>.</value>
    [EnumDataType(typeof(LevelOfAssurance))]
    public LevelOfAssurance Show { get; set; } = LevelOfAssurance.Substantial;

    /// <summary>To show a licence for one scenario, by its id; in place of <see cref="Show"/>.</summary>
    /// <value>Default: none.</value>
    public IDictionary<string, LevelOfAssurance> Scenarios { get; } = new Dictionary<string, LevelOfAssurance>();

    /// <summary>To verify, as operator or as holder.</summary>
    /// <value>Default <see cref="LevelOfAssurance.Low"/>.</value>
    [EnumDataType(typeof(LevelOfAssurance))]
    public LevelOfAssurance Verify { get; set; } = LevelOfAssurance.Low;

    /// <summary>To read figures of the whole region and the state of its nodes. An organisation's own records need the level of <see cref="Verify"/>.</summary>
    /// <value>Default <see cref="LevelOfAssurance.Substantial"/>.</value>
    [EnumDataType(typeof(LevelOfAssurance))]
    public LevelOfAssurance Operate { get; set; } = LevelOfAssurance.Substantial;
}

/// <summary>One identity provider. Its keys come from exactly one of <see cref="KeyFile"/>, <see cref="JwksFile"/>, <see cref="JwksUrl"/> and <see cref="DiscoveryUrl"/>.</summary>
public sealed class TokenIssuerOptions
{
    /// <summary>The <c>iss</c> of its tokens.</summary>
    [Required]
    public string Issuer { get; set; } = "";

    /// <summary>The <c>aud</c> that its tokens must carry.</summary>
    [Required]
    public string Audience { get; set; } = "";

    /// <summary>Public key file (PEM): P-256, or RSA of 2048 bits or more.</summary>
    public string? KeyFile { get; set; }

    /// <summary>Key set file (RFC 7517); read again when it changes.</summary>
    public string? JwksFile { get; set; }

    /// <summary>Where the key set is fetched: https.</summary>
    public string? JwksUrl { get; set; }

    /// <summary>Where the provider describes itself: https, mostly ending in <c>/.well-known/openid-configuration</c>.</summary>
    public string? DiscoveryUrl { get; set; }

    /// <summary>Certificate authorities (PEM) of the provider's own web server.</summary>
    /// <value>Default: those of the system.</value>
    public string? CaFile { get; set; }

    /// <summary>How often keys are fetched again; a token that names an unknown key fetches them at once, at most every 10 s.</summary>
    /// <value>Default 10 min; 10 s to 1 day.</value>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan KeysRefresh { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long fetched keys are used while the provider cannot be reached.</summary>
    /// <value>Default 1 day; 1 min to 30 days.</value>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan KeysMaxAge { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Signature algorithms that its tokens may use: <c>ES256</c>, <c>RS256</c>, <c>PS256</c>.</summary>
    /// <value>Default <c>ES256</c>.</value>
    public IList<string> Algorithms { get; } = [];

    /// <summary>Difference between the provider's clock and the node's that is forgiven.</summary>
    /// <value>Default 30 s; 0 to 5 min.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether it may speak for holders.</summary>
    /// <value>Default true.</value>
    public bool Holders { get; set; } = true;

    /// <summary>Kinds of holder that it may speak for: codes of GB/T 36903, such as 111 citizen number, 001 unified social credit code.</summary>
    /// <value>Default: every kind.</value>
    public IList<string> HolderCodeTypes { get; } = [];

    /// <summary>Regions whose operators it may speak for.</summary>
    /// <value>Default: none.</value>
    public IList<string> OperatorRegions { get; } = [];

    /// <summary>Whether it may name, by <c>operations</c> in the claim <c>roles</c>, operators who run the region's nodes: they see figures of the whole region and the state of its nodes. Its tokens with that role are refused otherwise.</summary>
    /// <value>Default false.</value>
    public bool Operations { get; set; }

    /// <summary>The node's <c>client_id</c> there: people then sign in with it on pages, which needs <see cref="DiscoveryUrl"/> and <c>Web:PublicUrl</c>. The provider must know the address <c>/session/return/0</c> there, with this entry's place.</summary>
    /// <value>Default: nobody signs in with it on pages.</value>
    public string? ClientId { get; set; }

    /// <summary>File with the client's secret.</summary>
    /// <value>Default: a public client; PKCE is used in any case.</value>
    public string? ClientSecretFile { get; set; }

    /// <summary>Scopes asked for besides <c>openid</c> when somebody signs in.</summary>
    /// <value>Default: none.</value>
    public IList<string> Scopes { get; } = [];

    /// <summary>What people know it by, on sign-in pages.</summary>
    /// <value>Default: the host of <see cref="DiscoveryUrl"/>.</value>
    public string? Title { get; set; }

    /// <summary>Tokens below this level of assurance are refused.</summary>
    /// <value>Default <see cref="LevelOfAssurance.Low"/>.</value>
    [EnumDataType(typeof(LevelOfAssurance))]
    public LevelOfAssurance MinimumLevel { get; set; } = LevelOfAssurance.Low;

    /// <summary>Level of tokens that say none.</summary>
    /// <value>Default <see cref="LevelOfAssurance.Low"/>.</value>
    [EnumDataType(typeof(LevelOfAssurance))]
    public LevelOfAssurance AssumedLevel { get; set; } = LevelOfAssurance.Low;
}
