namespace CrossProvince.Service.Federation.Reporting;

/// <summary>What of a record the issuing region hears of, as it lies in the record; texts are UTF-8.</summary>
internal readonly ref struct RecordedUse
{
    public required ReadOnlySpan<byte> VerificationId { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long Time { get; init; }

    public required ReadOnlySpan<byte> Caller { get; init; }

    public required ReadOnlySpan<byte> OnBehalfOf { get; init; }

    public required ReadOnlySpan<byte> TerminalId { get; init; }

    public required ReadOnlySpan<byte> Disclosed { get; init; }

    public required int Scenario { get; init; }

    public required int Verdict { get; init; }

    public required int ListNumber { get; init; }

    public required int ListIndex { get; init; }

    public required long Showing { get; init; }

    public required int CodeNumber { get; init; }

    public required int Presenter { get; init; }

    public required bool Repeated { get; init; }

    public required int Mode { get; init; }
}
