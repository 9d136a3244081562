namespace CrossProvince.Service.Federation.Reporting;

/// <summary>Names one row of what is owed to a region: by its oldest use.</summary>
internal class UseKey
{
    /// <summary>Unix milliseconds.</summary>
    public long Time { get; init; }

    public string VerificationId { get; init; } = "";
}

/// <summary>What is reported next.</summary>
/// <param name="Keys">The rows that are through once it was reported, oldest first.</param>
/// <param name="Uses">What is to be reported.</param>
internal sealed record UnreportedBatch(IReadOnlyList<UseKey> Keys, IReadOnlyList<UnreportedUse> Uses);

/// <summary>The part of a record that the issuing region hears of.</summary>
internal class UnreportedUse
{
    public string VerificationId { get; init; } = "";

    /// <summary>Unix milliseconds.</summary>
    public long Time { get; init; }

    public string Caller { get; init; } = "";

    public string OnBehalfOf { get; init; } = "";

    public string TerminalId { get; init; } = "";

    public long Scenario { get; init; }

    public long Verdict { get; init; }

    public long ListNumber { get; init; }

    public long ListIndex { get; init; }

    public long Showing { get; init; }

    public long CodeNumber { get; init; }

    public long Presenter { get; init; }

    public bool Repeated { get; init; }

    public long Mode { get; init; }

    public string Disclosed { get; init; } = "";
}
