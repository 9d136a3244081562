using System.ComponentModel.DataAnnotations;
using CrossProvince.Core.Signatures;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Federation.Asking;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Limits;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Web;

namespace CrossProvince.Service.Hosting;

/// <summary>What can be set on a node: <c>appsettings.json</c>, environment variables (<c>Listen__Api=…</c>) and command line.</summary>
/// <remarks>In Development whatever is left out is taken from the sample set; elsewhere the node says what is missing.</remarks>
public sealed class NodeOptions
{
    /// <summary>The region whose node this is: six digits of GB/T 2260.</summary>
    /// <value>In Development 110000.</value>
    public string? Region { get; set; }

    /// <summary>Where the node listens.</summary>
    public ListenOptions Listen { get; set; } = new();

    /// <summary>The pages on <c>Listen:Web</c>.</summary>
    public WebOptions Web { get; set; } = new();

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

    /// <summary>How much one caller may ask at once.</summary>
    public LimitsOptions Limits { get; set; } = new();

    /// <summary>How other regions are asked about codes of theirs.</summary>
    public FederationOptions Federation { get; set; } = new();

    /// <summary>The shared catalogue.</summary>
    public CatalogueOptions Catalogue { get; set; } = new();

    /// <summary>How single use is kept.</summary>
    public SingleUseOptions SingleUse { get; set; } = new();

    /// <summary>The servers that the node keeps its data in.</summary>
    public ConnectionStringsOptions ConnectionStrings { get; set; } = new();

    /// <summary>What the database keeps and for how long, and the keys by which its personal fields are sealed and found.</summary>
    public StorageOptions Storage { get; set; } = new();

    /// <summary>What a connection string of Redis cannot say.</summary>
    public RedisOptions Redis { get; set; } = new();

    /// <summary>The spool: files in which records of verifications are made durable before they reach the database.</summary>
    public RecordingOptions Recording { get; set; } = new();

    /// <summary>How signatures are made and verified.</summary>
    public SignaturesOptions Signatures { get; set; } = new();
}

/// <summary>Where the node listens.</summary>
public sealed class ListenOptions
{
    /// <summary>gRPC, JSON and the index for partners; https with client certificates.</summary>
    /// <value>Default <c>https://127.0.0.1:7443</c>.</value>
    [Required]
    public string Api { get; set; } = "https://127.0.0.1:7443";

    /// <summary>Health, and the JSON that holders and operators use. Outside loopback it needs https or <c>Listen:BehindProxy</c>.</summary>
    /// <value>Default <c>http://127.0.0.1:7080</c>.</value>
    [Required]
    public string Web { get; set; } = "http://127.0.0.1:7080";

    /// <summary>Whether a proxy that ends TLS stands before <c>Listen:Web</c>.</summary>
    /// <value>Default false.</value>
    public bool BehindProxy { get; set; }
}

/// <summary>The certificate with which the node presents itself.</summary>
public sealed class IdentityOptions
{
    /// <summary>Folder with <c>cert.pem</c> and <c>key.pem</c>; the certificate's URN must be <c>urn:crossprovince:REGION:node:…</c> of this region.</summary>
    /// <value>In Development <c>certs-sample/REGION/node</c>.</value>
    public string? Directory { get; set; }
}

/// <summary>The trust list.</summary>
public sealed class TrustOptions
{
    /// <summary>File of the signed trust list. The node uses the newest list that it, or another node of its region, has ever accepted, wherever that came from; the file is the one that it begins with.</summary>
    /// <value>In Development the sample list.</value>
    public string? List { get; set; }

    /// <summary>Where newer lists are fetched: an https or http URL that answers with the signed list, at most 1 MiB, best with an ETag. Its certificate is one that the machine trusts; redirects are not followed.</summary>
    /// <value>None.</value>
    public string? Url { get; set; }

    /// <summary>Whether the nodes of other regions are asked for newer lists, one after the other.</summary>
    /// <value>Default true.</value>
    public bool AskPartners { get; set; } = true;

    /// <summary>Public key files (PEM) of the roots, at least two; two of them must have signed the list, or the first of the changes of roots that it carries.</summary>
    /// <value>In Development the three sample roots.</value>
    public IList<string> Roots { get; } = [];

    /// <summary>How often a newer list is looked for. A new key of the own region signs no earlier than five of these after it came into the list: all regions should have the same.</summary>
    /// <value>Default 60 s; 1 s to 1 day.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromSeconds(60);
}

/// <summary>What organisations of the own region may do.</summary>
public sealed class PartnersOptions
{
    /// <summary>The partner file; read again within a second of a change.</summary>
    /// <value>In Development the sample file.</value>
    public string? File { get; set; }
}

/// <summary>How old a copy of a region's index may be; a scenario may say otherwise.</summary>
public sealed class FreshnessOptions
{
    /// <summary>Age of an index copy from which VALID is marked stale. A scenario may set its own two limits.</summary>
    /// <value>Default 60 s; 1 s to 1 day.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Soft { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Age of an index copy from which VALID is no longer answered; not below <c>Freshness:Soft</c>.</summary>
    /// <value>Default 600 s; 1 s to 1 day; not below <see cref="Soft"/>.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Hard { get; set; } = TimeSpan.FromSeconds(600);
}

/// <summary>
/// The node's signing keys: PKCS#8 PEM files, each with one use in the trust list. Each setting takes several with <c>;</c> between them, and folders, of which all files <c>*.key.pem</c> count; they are looked at again with every
/// <c>Trust:RefreshInterval</c>. Of those that the trust list lets sign now, the one that began last signs.
/// </summary>
public sealed class KeysOptions
{
    /// <summary>Signs presentation codes; the trust list must name it for this region with use <c>code</c>.</summary>
    /// <value>In Development the sample key.</value>
    public string? Code { get; set; }

    /// <summary>Signs heads; use <c>index</c>.</summary>
    /// <value>In Development the sample key.</value>
    public string? Index { get; set; }

    /// <summary>Signs verification receipts; use <c>receipt</c>.</summary>
    /// <value>In Development the sample key.</value>
    public string? Receipt { get; set; }
}

/// <summary>The shared catalogue.</summary>
public sealed class CatalogueOptions
{
    /// <summary>Folder with <c>licence-types.json</c>, <c>scenarios.json</c> and <c>recognitions.json</c>; its hash must be the trust list's.</summary>
    /// <value>The catalogue that comes with the program.</value>
    public string? Path { get; set; }
}

/// <summary>The servers that the node keeps its data in. A password is better kept in a file (<c>Passfile=…</c> of PostgreSQL) than in the setting.</summary>
public sealed class ConnectionStringsOptions
{
    /// <summary>
    /// <c>Data Source=FILE</c> is SQLite, embedded: the folder is made. <c>Host=…;Database=…;Username=…</c> is PostgreSQL 15 or newer; a command may take 10 s unless
    /// <c>Command Timeout</c> says otherwise, of that 7 s for a lock, at the server as well; a connection 3 s (<c>Timeout</c>), and a node that hangs in a transaction loses it after 5 s (<c>Options</c>). With several hosts (<c>Host=A:5432,B:5432</c>) the one that
    /// can be written to is used, also after a failover. Scans ask through connections of their own, <c>Maximum Pool Size</c> as many again at most. Tables are brought up to date at start; nodes that start together do it one after the other.
    /// </summary>
    /// <value><c>Data Source=data/REGION/node.db</c>.</value>
    public string? Database { get; set; }

    /// <summary>
    /// <c>HOST:PORT,user=…,password=…,ssl=true</c> is Redis 7 or newer, shared by the nodes of a region (docs/operations.md). Several <c>HOST:PORT</c> are servers of a cluster, or with
    /// <c>serviceName=…</c> the Sentinels that know where it is. An answer may take 1 s (<c>asyncTimeout</c>, milliseconds), a connection 2 s (<c>connectTimeout</c>). A Redis that is away is no reason not to start, one that
    /// refuses the password, or allows the user too little, is.
    /// </summary>
    /// <value>None.</value>
    public string? Redis { get; set; }
}

/// <summary>What the database keeps and for how long, and the keys by which what names a person is sealed in it, and found again (docs/operations.md, "Months", "Keys of the database"). All nodes of a region have the same.</summary>
public sealed class StorageOptions
{
    /// <summary>
    /// For how many months records of verifications and showings are kept. A calendar month (UTC) is dropped whole once its last moment is that long ago, a day after the log has announced it with its count of records. What is
    /// dropped is gone: ask the law before lowering it.
    /// </summary>
    /// <value>Default 36, three years; 6 to 1200 (six months are the least that article 21 of China's Cybersecurity Law lets logs be kept).</value>
    [Range(6, 1200)]
    public int RetentionMonths { get; set; } = 36;

    /// <summary>The key file: readable by the node's user alone, made by <c>crossprovince storage new-key</c>. Read at start.</summary>
    /// <value>In Development a file that the node makes: <c>FILE-keys</c> beside an embedded database, else <c>data/REGION/storage.keys</c>.</value>
    public string? KeyFile { get; set; }

    /// <summary>The lines of such a file, with <c>;</c> between them, for where secrets come as environment variables (<c>Storage__Keys</c>); instead of <see cref="KeyFile"/>.</summary>
    /// <value>None.</value>
    public string? Keys { get; set; }
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

/// <summary>How the signatures of codes are verified.</summary>
public sealed class SignaturesOptions
{
    /// <summary>What verifies signatures.</summary>
    /// <value>Default <see cref="SignatureEngine.Tables"/>.</value>
    [EnumDataType(typeof(SignatureEngine))]
    public SignatureEngine Engine { get; set; } = SignatureEngine.Tables;

    /// <summary>Memory for the tables of keys under <see cref="SignatureEngine.Tables"/>, in MiB. A key takes 832 KiB while there is room, else 256 KiB, else 32 KiB and one and a half times the time; keys unused for longest go first.</summary>
    /// <value>Default 64, which is 256 keys at full speed; 1 to 4096.</value>
    [Range(1, 4096)]
    public int TableMegabytes { get; set; } = 64;

    /// <summary>What signs with the node's keys of SM2.</summary>
    /// <value>Default <see cref="Sm2Signing.ConstantTime"/>.</value>
    [EnumDataType(typeof(Sm2Signing))]
    public Sm2Signing Signer { get; set; } = Sm2Signing.ConstantTime;
}

/// <summary>What verifies signatures.</summary>
public enum SignatureEngine
{
    /// <summary>Libraries, one signature after the other: BouncyCastle for SM2, .NET's ECDsa for ESP256.</summary>
    BouncyCastle,

    /// <summary>Tables of each key's multiples, computed when it is first seen; many signatures side by side where the processor has AVX2 or AVX-512. Several times faster alone, tens of times in batches.</summary>
    Tables,
}
