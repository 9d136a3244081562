namespace CrossProvince.Service.Tests.Backends;

/// <summary>Where a private server runs and listens.</summary>
/// <param name="Address">Its IPv4 address.</param>
/// <param name="Enter">What a command line begins with so that it runs there, such as in a network namespace; empty: here.</param>
internal sealed record ServerPlace(string Address, params string[] Enter)
{
    /// <summary>This machine, reached by nobody else.</summary>
    public static ServerPlace Loopback { get; } = new("127.0.0.1");
}
