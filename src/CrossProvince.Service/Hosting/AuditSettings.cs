using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Sealing;

namespace CrossProvince.Service.Hosting;

/// <summary>What of a node's configuration is needed to look at its state, and to change the keys of its database: no signing key, no certificate, no listener.</summary>
internal sealed class AuditSettings
{
    private readonly Func<TrustList> _readTrustList;

    private readonly Func<Database, KeySource> _findStorageKeys;

    private AuditSettings(Func<TrustList> readTrustList, Func<Database, KeySource> findStorageKeys) => (_readTrustList, _findStorageKeys) = (readTrustList, findStorageKeys);

    public required RegionCode Region { get; init; }

    public required string DatabaseConnection { get; init; }

    /// <summary>Empty: no Redis.</summary>
    public required string RedisConnection { get; init; }

    public required RedisOptions Redis { get; init; }

    /// <summary>Reads the configuration as a node would: appsettings.json, environment, arguments.</summary>
    /// <exception cref="ConfigurationException">A setting is missing or wrong.</exception>
    public static AuditSettings Load(string[] args)
    {
        var builder = Node.CreateBuilder(args);
        var options = NodeSettings.Bind(builder.Configuration);
        var development = builder.Environment.IsDevelopment();
        var region = NodeSettings.ReadRegion(options, development);
        return new AuditSettings(() => NodeSettings.ReadTrustList(options, development), database => KeySource.Find(options.Storage, development, region, database.File))
        {
            Region = region,
            DatabaseConnection = NodeSettings.ReadDatabaseConnection(builder.Configuration, region),
            RedisConnection = builder.Configuration.GetConnectionString("Redis") ?? "",
            Redis = options.Redis,
        };
    }

    /// <summary>The trust list, which says whose signatures on heads count.</summary>
    /// <exception cref="ConfigurationException">It is missing or refused.</exception>
    public TrustList ReadTrustList() => _readTrustList();

    /// <summary>Where the keys of the database are.</summary>
    /// <exception cref="ConfigurationException">It is not said.</exception>
    public KeySource StorageKeys(Database database) => _findStorageKeys(database);
}
