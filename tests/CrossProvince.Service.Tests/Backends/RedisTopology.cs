using System.Globalization;

namespace CrossProvince.Service.Tests.Backends;

/// <summary>Redis as users run it.</summary>
public enum Topology
{
    Standalone,
    Sentinel,
    Cluster,
    Tls,
}

/// <summary>Private servers in one of the ways in which Redis is run.</summary>
internal abstract class RedisTopology : IDisposable
{
    private protected RedisTopology(params RedisServer[] servers) => Servers = servers;

    /// <summary>The servers that hold data.</summary>
    public IReadOnlyList<RedisServer> Servers { get; }

    /// <summary>Settings of a node, as <c>--NAME</c> and value in turn.</summary>
    public virtual IReadOnlyList<string> Settings => ["--ConnectionStrings:Redis", ConnectionString(10_000)];

    /// <summary>What a node is configured with.</summary>
    public abstract string ConnectionString(int patience);

    /// <summary>What the node's user was refused, on all servers: command or key.</summary>
    public IEnumerable<string> Refused => Servers.SelectMany(server => ((StackExchange.Redis.RedisResult[])server.Execute("ACL", "LOG")!).Select(
        entry => string.Join(' ', ((StackExchange.Redis.RedisResult[])entry!).Take(8).Select(part => part.ToString()))));

    /// <summary>Starts one.</summary>
    public static RedisTopology StartNew(Topology topology) => topology switch
    {
        Topology.Sentinel => new RedisSentinel(),
        Topology.Cluster => new RedisCluster(),
        Topology.Tls => new RedisWithTls(),
        _ => new RedisAlone(),
    };

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        foreach (var server in Servers)
        {
            server.Dispose();
        }
    }

    private protected static string User(int patience) => string.Create(
        CultureInfo.InvariantCulture, $"user={RedisUser.Name},password={RedisUser.Password},asyncTimeout={patience},connectTimeout=5000");

    private sealed class RedisAlone() : RedisTopology(RedisServer.StartNew())
    {
        public override string ConnectionString(int patience) => Servers[0].Patient(patience);
    }
}
