using System.Globalization;
using CrossProvince.Tests;

namespace CrossProvince.Service.Tests.Backends;

/// <summary>Three masters, each with a third of the slots.</summary>
internal sealed class RedisCluster : RedisTopology
{
    private const int Slots = 16_384;

    public RedisCluster()
        : base([.. Enumerable.Range(0, 3).AsParallel().WithDegreeOfParallelism(3).Select(_ => StartNode())])
    {
        for (var i = 0; i < Servers.Count; i++)
        {
            Servers[i].Execute("CLUSTER", "SET-CONFIG-EPOCH", i + 1);
            Servers[i].Execute("CLUSTER", "ADDSLOTSRANGE", Slots * i / Servers.Count, (Slots * (i + 1) / Servers.Count) - 1);
        }

        foreach (var other in Servers.Skip(1))
        {
            Servers[0].Execute("CLUSTER", "MEET", "127.0.0.1", other.Port, Bus(other));
        }

        foreach (var server in Servers)
        {
            server.Wait(() => ((string)server.Execute("CLUSTER", "INFO")!) is var info
                && info.Contains("cluster_state:ok", StringComparison.Ordinal) && info.Contains("cluster_known_nodes:3", StringComparison.Ordinal) && info.Contains("cluster_size:3", StringComparison.Ordinal), "join its cluster");
        }
    }

    /// <summary>Two of the three are named; the third is found.</summary>
    public override string ConnectionString(int patience) => string.Create(
        CultureInfo.InvariantCulture, $"127.0.0.1:{Servers[0].Port},127.0.0.1:{Servers[1].Port},{User(patience)}");

    /// <summary>The server that a slot is on.</summary>
    public RedisServer ServerOf(int slot) => Servers[slot * Servers.Count / Slots];

    /// <summary>Moves a slot with its keys to another server.</summary>
    public void Move(int slot, RedisServer from, RedisServer to)
    {
        to.Execute("CLUSTER", "SETSLOT", slot, "IMPORTING", IdOf(from));
        from.Execute("CLUSTER", "SETSLOT", slot, "MIGRATING", IdOf(to));
        foreach (var key in (string[])from.Execute("CLUSTER", "GETKEYSINSLOT", slot, 10_000)!)
        {
            from.Execute("MIGRATE", "127.0.0.1", to.Port, key, 0, 5_000);
        }

        foreach (var server in new[] { to, from }.Concat(Servers.Except([from, to])))
        {
            server.Execute("CLUSTER", "SETSLOT", slot, "NODE", IdOf(to));
        }
    }

    private static string IdOf(RedisServer server) => (string)server.Execute("CLUSTER", "MYID")!;

    private static RedisServer StartNode()
    {
        var bus = FreePort.Next().ToString(CultureInfo.InvariantCulture);
        return RedisServer.StartNew("--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-port", bus, "--cluster-node-timeout", "2000");
    }

    private static int Bus(RedisServer server) => int.Parse(
        ((string[])server.Execute("CONFIG", "GET", "cluster-port")!)[1], CultureInfo.InvariantCulture);
}
