using System.Diagnostics;
using System.Globalization;
using System.Net;
using CrossProvince.Service.Tests.Backends;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>
/// A network namespace for each province, with two lines: one to a bridge, over which provinces reach one another, and one on which its own counters, authority and holders reach its node.
/// </summary>
/// <remarks>iproute2, as root, in a network namespace of the caller's own: <c>eng/provinces.sh</c> makes it, so that all of this ends with it, however it ends.</remarks>
internal sealed class ProvinceNet : IDisposable
{
    private const string Bridge = "between";

    private readonly int _provinces;

    /// <summary>Makes the namespaces, their lines and the bridge.</summary>
    public ProvinceNet(int provinces)
    {
        _provinces = provinces;
        try
        {
            Ip("link", "add", Bridge, "type", "bridge");
            Ip("address", "add", $"{Between}/24", "dev", Bridge);
            Ip("link", "set", Bridge, "up");
            for (var province = 0; province < provinces; province++)
            {
                Add(province);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where what stands between the provinces has its address.</summary>
    public static IPAddress Between { get; } = IPAddress.Parse("10.77.0.1");

    /// <summary>A province's address for other provinces.</summary>
    public static IPAddress OutsideOf(int province) => new([10, 77, 0, (byte)(11 + province)]);

    /// <summary>Which province has an address on the bridge.</summary>
    public static int ProvinceOf(IPAddress outside) => outside.MapToIPv4().GetAddressBytes()[3] - 11;

    /// <summary>A province's address for its own counters.</summary>
    public static string InsideOf(int province) => string.Create(CultureInfo.InvariantCulture, $"10.78.{province}.2");

    /// <summary>Where a province's servers run.</summary>
    public static ServerPlace PlaceOf(int province) => new(InsideOf(province), "ip", "netns", "exec", NameOf(province));

    /// <summary>Takes down the line between a province and the bridge: whatever is under way on it is lost.</summary>
    public static void CutOff(int province) => Ip("link", "set", LineOf(province), "down");

    /// <summary>Brings it up again.</summary>
    public static void Join(int province) => Ip("link", "set", LineOf(province), "up");

    /// <inheritdoc/>
    public void Dispose()
    {
        for (var province = 0; province < _provinces; province++)
        {
            // With the namespace go both ends of its lines.
            TryIp("netns", "delete", NameOf(province));
        }

        TryIp("link", "delete", Bridge);
    }

    private static void Add(int province)
    {
        var (name, inside) = (NameOf(province), string.Create(CultureInfo.InvariantCulture, $"inside-{province}"));
        Ip("netns", "add", name);
        Ip("-netns", name, "link", "set", "lo", "up");

        Ip("link", "add", LineOf(province), "type", "veth", "peer", "name", "outside", "netns", name);
        Ip("link", "set", LineOf(province), "master", Bridge, "up");
        Ip("-netns", name, "address", "add", $"{OutsideOf(province)}/24", "dev", "outside");
        Ip("-netns", name, "link", "set", "outside", "up");

        Ip("link", "add", inside, "type", "veth", "peer", "name", "inside", "netns", name);
        Ip("address", "add", string.Create(CultureInfo.InvariantCulture, $"10.78.{province}.1/24"), "dev", inside);
        Ip("link", "set", inside, "up");
        Ip("-netns", name, "address", "add", $"{InsideOf(province)}/24", "dev", "inside");
        Ip("-netns", name, "link", "set", "inside", "up");
    }

    private static string NameOf(int province) => string.Create(CultureInfo.InvariantCulture, $"province-{province}");

    private static string LineOf(int province) => string.Create(CultureInfo.InvariantCulture, $"line-{province}");

    private static void Ip(params string[] arguments)
    {
        if (TryIp(arguments) is { Length: > 0 } error)
        {
            throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {error}. Run eng/provinces.sh as root.");
        }
    }

    /// <returns>What went wrong; empty when nothing did.</returns>
    private static string TryIp(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? "" : said.Length > 0 ? said : "it failed";
    }
}
