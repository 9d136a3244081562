namespace CrossProvince.Client.Connecting;

/// <summary>How a call to a node failed.</summary>
public enum NodeFailure
{
    /// <summary>The node answered with an error.</summary>
    Answered = 1,

    /// <summary>No connection to the node.</summary>
    Unreachable = 2,

    /// <summary>TLS failed: one side refused the other's certificate.</summary>
    TlsRefused = 3,

    /// <summary>No answer in time.</summary>
    TimedOut = 4,
}
