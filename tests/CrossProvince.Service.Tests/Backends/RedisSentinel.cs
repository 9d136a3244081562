using System.Diagnostics;
using System.Globalization;
using System.Net;
using CrossProvince.Tests;
using StackExchange.Redis;

namespace CrossProvince.Service.Tests.Backends;

/// <summary>A master, its replica, and one Sentinel that makes the replica master when the master is gone for a third of a second.</summary>
internal sealed class RedisSentinel : RedisTopology
{
    private const string Service = "crossprovince";
    private readonly string _directory = Directory.CreateTempSubdirectory("crossprovince-sentinel-").FullName;
    private readonly int _port = FreePort.Next();
    private readonly Process _process;

    public RedisSentinel()
        : this(RedisServer.StartNew("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"))
    {
    }

    private RedisSentinel(RedisServer master)
        : base(master, RedisServer.StartNew("--replicaof", "127.0.0.1", master.Port.ToString(CultureInfo.InvariantCulture)))
    {
        master.Wait(() => master.Info("replication").Contains("state=online", StringComparison.Ordinal), "get its replica");
        var file = Path.Combine(_directory, "sentinel.conf");
        File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $"""
            port {_port}
            bind 127.0.0.1
            dir {_directory}
            sentinel monitor {Service} 127.0.0.1 {master.Port} 1
            sentinel down-after-milliseconds {Service} 300
            sentinel failover-timeout {Service} 3000

            """));
        _process = Process.Start(new ProcessStartInfo("redis-server", [file, "--sentinel"]) { RedirectStandardOutput = true })!;
        _process.BeginOutputReadLine();
        master.Wait(() => Ask("SENTINEL", "REPLICAS", Service) is { } replicas && replicas.Contains("master-link-status", StringComparison.Ordinal), "be watched by its Sentinel");
    }

    public override string ConnectionString(int patience) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port},serviceName={Service},{User(patience)}");

    /// <summary>Stops the Sentinel, or lets it go on.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public override void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
        base.Dispose();
    }

    private string? Ask(params string[] words)
    {
        try
        {
            using var sentinel = ConnectionMultiplexer.SentinelConnect(string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port},connectTimeout=200,abortConnect=true"));
            var answer = sentinel.GetServer(new IPEndPoint(IPAddress.Loopback, _port)).Execute(words[0], [.. words.Skip(1)]);
            return string.Join(' ', ((RedisResult[])answer!).SelectMany(replica => (RedisResult[])replica!).Select(part => part.ToString()));
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return null;
        }
    }
}
