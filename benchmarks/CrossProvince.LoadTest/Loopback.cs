using System.Data.Common;
using System.Net;

namespace CrossProvince.LoadTest;

/// <summary>Load is put on this machine only.</summary>
internal static class Loopback
{
    /// <summary>Whether a host name, address or socket folder is this machine's own.</summary>
    public static bool Is(string host) =>
        host.StartsWith('/') || host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>Hosts in a PostgreSQL connection string that are not this machine.</summary>
    public static IReadOnlyList<string> StrangersIn(string connectionString)
    {
        var settings = new DbConnectionStringBuilder { ConnectionString = connectionString };
        return settings.TryGetValue("Host", out var hosts) ? Strangers(hosts.ToString()!.Split(',')) : [];
    }

    /// <summary>Hosts in a Redis configuration (<c>HOST:PORT,…,name=value</c>) that are not this machine.</summary>
    public static IReadOnlyList<string> StrangersInRedis(string configuration) =>
        Strangers(configuration.Split(',').Where(part => part.Length > 0 && !part.Contains('=')));

    private static string[] Strangers(IEnumerable<string> endpoints) => [.. endpoints.Select(e => e.Trim()).Where(e => !Is(e) && !Is(WithoutPort(e)))];

    private static string WithoutPort(string endpoint) => endpoint.LastIndexOf(':') is >= 0 and var colon ? endpoint[..colon] : endpoint;
}
