namespace CrossProvince.Service.Caching;

/// <summary>What a connection string of Redis cannot say: certificates, and how Sentinels are asked. Matters where <c>ConnectionStrings:Redis</c> is set.</summary>
public sealed class RedisOptions
{
    /// <summary>
    /// File (PEM) of the certificates that the servers' own must lead to, instead of those that the machine trusts; for Redis and for Sentinels. It needs <c>ssl=true</c> in the connection string.
    /// </summary>
    /// <value>None.</value>
    public string? CertificateAuthority { get; set; }

    /// <summary>File (PEM) of the certificate that the node shows to Redis, if it asks for one; needs <see cref="Key"/> and <c>ssl=true</c>.</summary>
    /// <value>None.</value>
    public string? Certificate { get; set; }

    /// <summary>File (PEM) of its private key.</summary>
    /// <value>None.</value>
    public string? Key { get; set; }

    /// <summary>User for the Sentinels, where the connection string names a <c>serviceName</c>. User and password of the connection string are for Redis alone.</summary>
    /// <value>None: Sentinels are asked without.</value>
    public string? SentinelUser { get; set; }

    /// <summary>Password for the Sentinels.</summary>
    /// <value>None.</value>
    public string? SentinelPassword { get; set; }
}
