using System.ComponentModel.DataAnnotations;

namespace CrossProvince.Service.Federation.Asking;

/// <summary>How the issuing region is asked about a code (for fields that its scenario grants, for its single use, or where this node has no usable copy of that region's index), and told what was verified of its codes.</summary>
public sealed class FederationOptions
{
    /// <summary>The longest that an answer waits for fields, or for a showing to be consumed at the issuer, connecting and waiting for a place included.</summary>
    /// <value>Default 800 ms; 50 ms to 10 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:00:10")]
    public TimeSpan AskDeadline { get; set; } = TimeSpan.FromMilliseconds(800);

    /// <summary>The longest that an answer waits for the issuing region where this node cannot tell the status of the code.</summary>
    /// <value>Default 2 s; 50 ms to 10 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:00:10")]
    public TimeSpan ForwardDeadline { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Codes that one region is asked about at the same time; more wait for a place.</summary>
    /// <value>Default 64; 1 to 10,000.</value>
    [Range(1, 10_000)]
    public int AsksAtOnce { get; set; } = 64;

    /// <summary>Codes that may wait for a place; more are answered at once, as if the region could not be reached.</summary>
    /// <value>Default 1,000, the largest batch; 0 to 100,000.</value>
    [Range(0, 100_000)]
    public int AsksWaiting { get; set; } = 1_000;

    /// <summary>Codes a second that are forwarded to one region because this node cannot tell their status; the rest stay UNDETERMINED, so that a node without copies does not burden those who have them. 0 forwards none.</summary>
    /// <value>Default 200; 0 to 100,000.</value>
    [Range(0, 100_000)]
    public int ForwardsPerSecond { get; set; } = 200;

    /// <summary>How often this node looks whether other regions are to be told what was verified of their codes here.</summary>
    /// <value>Default 1 s; 100 ms to 1 min.</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan ReportInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>When a region that fails is left alone for a while.</summary>
    public BreakerOptions Breaker { get; set; } = new();
}

/// <summary>When a region that fails to answer is left alone for a while, and scans are answered without it at once.</summary>
public sealed class BreakerOptions
{
    /// <summary>The share of failures from which on it is left alone.</summary>
    /// <value>Default 0.5; 0.01 to 1.</value>
    [Range(0.01, 1.0)]
    public double Failures { get; set; } = 0.5;

    /// <summary>So many calls at least are judged by.</summary>
    /// <value>Default 5; 2 to 1,000.</value>
    [Range(2, 1_000)]
    public int Calls { get; set; } = 5;

    /// <summary>For how long calls are counted.</summary>
    /// <value>Default 30 s; 500 ms to 10 min.</value>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:10:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>For how long it is left alone; one call then tries whether it is back.</summary>
    /// <value>Default 5 s; 500 ms to 10 min.</value>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:10:00")]
    public TimeSpan Rest { get; set; } = TimeSpan.FromSeconds(5);
}
