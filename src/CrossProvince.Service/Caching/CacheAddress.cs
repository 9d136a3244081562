using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Hosting;
using StackExchange.Redis;

namespace CrossProvince.Service.Caching;

/// <summary>Where Redis is and how it is spoken to: one server, the servers of a cluster, or Sentinels that know which server it is now.</summary>
internal sealed class CacheAddress
{
    /// <summary>The setting that names it.</summary>
    public const string Setting = "ConnectionStrings:Redis";

    private const int ConnectMilliseconds = 2_000;
    private const int AnswerMilliseconds = 1_000;
    private const int RetryMilliseconds = 500;
    private const int HeartbeatMilliseconds = 250;

    /// <summary>How often a server is asked what it is: a demoted one is noticed by then even if nobody said so, seconds.</summary>
    private const int RoleSeconds = 5;

    private readonly ConfigurationOptions _servers;
    private readonly ConfigurationOptions? _sentinels;

    private CacheAddress(ConfigurationOptions servers, ConfigurationOptions? sentinels, CacheTls? tls) => (_servers, _sentinels, Tls) = (servers, sentinels, tls);

    /// <summary>Whether Sentinels name the server.</summary>
    public bool HasSentinels => _sentinels is not null;

    /// <summary>How TLS is set up; null without.</summary>
    public CacheTls? Tls { get; }

    /// <summary>Reads it.</summary>
    /// <param name="connectionString">As StackExchange.Redis writes it: <c>HOST:PORT,user=…,password=…,ssl=…</c>; empty means no Redis.</param>
    /// <param name="options">What it cannot say.</param>
    /// <param name="region">The node's region.</param>
    /// <returns>Null: there is no Redis.</returns>
    /// <exception cref="ConfigurationException">The connection string or a file is at fault.</exception>
    public static CacheAddress? Read(string connectionString, RedisOptions options, RegionCode region)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            return null;
        }

        var servers = Parse(connectionString);
        servers.ClientName = $"crossprovince-{region}";
        servers.AbortOnConnectFail = false;
        servers.BacklogPolicy = BacklogPolicy.FailFast;
        servers.IncludeDetailInExceptions = false;
        servers.ReconnectRetryPolicy = new LinearRetry(RetryMilliseconds);
        servers.HeartbeatInterval = TimeSpan.FromMilliseconds(HeartbeatMilliseconds);
        servers.ConfigCheckSeconds = RoleSeconds;
        servers.ConnectTimeout = Given("connectTimeout") ? servers.ConnectTimeout : ConnectMilliseconds;
        servers.AsyncTimeout = Given("asyncTimeout") ? servers.AsyncTimeout : AnswerMilliseconds;
        servers.SyncTimeout = servers.AsyncTimeout;

        // What the library would like beside what the node asks, and what a user with few rights may not do.
        servers.ConfigurationChannel = "";
        servers.TieBreaker = "";
        servers.SetClientLibrary = false;
        servers.CommandMap = CommandMap.Create(["CONFIG"], available: false);

        CacheTls? tls = null;
        if (servers.Ssl)
        {
            tls = CacheTls.Read(options);
            servers.CertificateValidation += tls.Validate;
            if (tls.HasOwn)
            {
                servers.CertificateSelection += tls.Select;
            }
        }
        else if ((options.CertificateAuthority ?? options.Certificate ?? options.Key) is not null)
        {
            throw new ConfigurationException(Setting, "does not say ssl=true, without which the certificates under Redis: are of no use.");
        }

        return new CacheAddress(servers, servers.ServiceName is { Length: > 0 } ? Sentinels(servers, options) : null, tls);

        bool Given(string name) => connectionString.Contains($"{name}=", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Connects, and goes on trying in the background once it returns a connection.</summary>
    /// <returns>The connection, there or not; null when no Sentinel names a server now.</returns>
    public ConnectionMultiplexer? Connect(ref ConnectionMultiplexer? sentinels)
    {
        if (_sentinels is null)
        {
            return ConnectionMultiplexer.Connect(_servers);
        }

        try
        {
            sentinels ??= ConnectionMultiplexer.SentinelConnect(_sentinels);

            // It puts the server's address into what it is given.
            return sentinels.GetSentinelMasterConnection(_servers.Clone());
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return null;
        }
    }

    private static ConfigurationOptions Parse(string connectionString)
    {
        ConfigurationOptions parsed;
        try
        {
            parsed = ConfigurationOptions.Parse(connectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            // Its message could hold a part of the password.
            throw new ConfigurationException(Setting, "is not a connection string of Redis, such as 'redis.example:6379,user=crossprovince,password=…,ssl=true'.");
        }

        return parsed.EndPoints.Count > 0 ? parsed : throw new ConfigurationException(Setting, "names no server, such as 'redis.example:6379'.");
    }

    private static ConfigurationOptions Sentinels(ConfigurationOptions servers, RedisOptions options)
    {
        var sentinels = servers.Clone();
        sentinels.CommandMap = CommandMap.Sentinel;
        sentinels.User = options.SentinelUser;
        sentinels.Password = options.SentinelPassword;
        return sentinels;
    }
}
