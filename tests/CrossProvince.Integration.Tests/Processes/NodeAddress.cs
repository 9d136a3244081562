using CrossProvince.Tests;

namespace CrossProvince.Integration.Tests.Processes;

/// <summary>Where a node listens and is found.</summary>
/// <param name="Api">Where it listens for partners.</param>
/// <param name="Web">Where it listens for browsers.</param>
/// <param name="Published">Where the trust list says that it is.</param>
internal sealed record NodeAddress(Uri Api, Uri Web, Uri Published)
{
    /// <summary>Free ports of loopback.</summary>
    public static NodeAddress OnLoopback()
    {
        var api = new Uri($"https://127.0.0.1:{FreePort.Next()}");
        return new NodeAddress(api, new Uri($"http://127.0.0.1:{FreePort.Next()}"), api);
    }
}
