using System.ComponentModel.DataAnnotations;

namespace CrossProvince.Service.Limits;

/// <summary>How much is taken at once: of one message, one connection, one caller.</summary>
public sealed class LimitsOptions
{
    /// <summary>Largest message, gRPC or JSON, bytes.</summary>
    /// <value>Default 4 MiB; 64 KiB to 64 MiB.</value>
    [Range(64 * 1024, 64 * 1024 * 1024)]
    public int MessageBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Largest headers of a request, together, bytes; a token is one of them.</summary>
    /// <value>Default 16 KiB; 4 KiB to 1 MiB.</value>
    [Range(4 * 1024, 1024 * 1024)]
    public int HeaderBytes { get; set; } = 16 * 1024;

    /// <summary>Connections at the same time, both listeners together.</summary>
    /// <value>Default 10,000; 10 to 1,000,000.</value>
    [Range(10, 1_000_000)]
    public int Connections { get; set; } = 10_000;

    /// <summary>Calls at the same time on one HTTP/2 connection; clients wait or open another.</summary>
    /// <value>Default 100; 1 to 10,000.</value>
    [Range(1, 10_000)]
    public int StreamsPerConnection { get; set; } = 100;

    /// <summary>How long a client may take to send its headers.</summary>
    /// <value>Default 15 s; 1 s to 2 min.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:02:00")]
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a connection without calls stays open.</summary>
    /// <value>Default 2 min; 10 s to 1 h.</value>
    [Range(typeof(TimeSpan), "00:00:10", "01:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long an HTTP/2 connection may be silent before it is asked whether it lives.</summary>
    /// <value>Default 30 s; 1 s to 10 min.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the answer to that may take before the connection is closed.</summary>
    /// <value>Default 20 s; 1 s to 5 min.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a unary call may take whose client sets no deadline. A client's own deadline holds as it is; streams have none.</summary>
    /// <value>Default 30 s; 100 ms to 10 min.</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Codes that may wait to be verified, of all callers together; of one caller half as many. Further calls are told to come back.</summary>
    /// <value>Default 20,000; 2,000, twice the largest batch, to 1,000,000.</value>
    [Range(2_000, 1_000_000)]
    public int WaitingCodes { get; set; } = 20_000;

    /// <summary>Status streams and snapshots that one partner region, all of its nodes together, may have open at once. A node follows with one.</summary>
    /// <value>Default 32; 1 to 10,000.</value>
    [Range(1, 10_000)]
    public int StatusStreams { get; set; } = 32;

    /// <summary>Limits of one partner region's node.</summary>
    /// <value>Default 50,000 a second, 100,000 at once, 4,000 calls.</value>
    public OrganisationLimitsOptions Node { get; set; } = new() { PerSecond = 50_000, Burst = 100_000, Calls = 4_000 };

    /// <summary>Limits of one organisation of the own region, its certificates and its operators together.</summary>
    /// <value>Default 10,000 a second, 20,000 at once, 1,000 calls.</value>
    public OrganisationLimitsOptions Organisation { get; set; } = new() { PerSecond = 10_000, Burst = 20_000, Calls = 1_000 };

    /// <summary>Limits of one person.</summary>
    /// <value>Default 5 a second, 100 at once, 20 calls.</value>
    public CallerLimitsOptions Person { get; set; } = new() { PerSecond = 5, Burst = 100, Calls = 20 };

    /// <summary>Limits of one network address, for calls by nobody known.</summary>
    /// <value>Default 100 a second, 200 at once, 100 calls.</value>
    public CallerLimitsOptions Stranger { get; set; } = new() { PerSecond = 100, Burst = 200, Calls = 100 };

    /// <summary>Codes that one person may verify in a minute with a holder's token, and in one batch.</summary>
    /// <value>Default 30; 1 to 1,000.</value>
    [Range(1, 1_000)]
    public int PersonCodesPerMinute { get; set; } = 30;
}

/// <summary>Limits of one organisation.</summary>
public sealed class OrganisationLimitsOptions
{
    /// <summary>Calls a second; each code of a batch or stream counts as one.</summary>
    /// <value>1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int PerSecond { get; set; }

    /// <summary>What may come at once after a pause.</summary>
    /// <value>1,000, the largest batch, to 10,000,000.</value>
    [Range(1_000, 10_000_000)]
    public int Burst { get; set; }

    /// <summary>Calls at the same time, streams among them.</summary>
    /// <value>1 to 100,000.</value>
    [Range(1, 100_000)]
    public int Calls { get; set; }
}

/// <summary>Limits of one person or stranger.</summary>
public sealed class CallerLimitsOptions
{
    /// <summary>Calls a second.</summary>
    /// <value>1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int PerSecond { get; set; }

    /// <summary>What may come at once after a pause.</summary>
    /// <value>1 to 10,000,000.</value>
    [Range(1, 10_000_000)]
    public int Burst { get; set; }

    /// <summary>Calls at the same time, streams among them.</summary>
    /// <value>1 to 100,000.</value>
    [Range(1, 100_000)]
    public int Calls { get; set; }
}
