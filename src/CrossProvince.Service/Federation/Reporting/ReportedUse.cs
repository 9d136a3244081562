using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Core.Presentation;

namespace CrossProvince.Service.Federation.Reporting;

/// <summary>What is wrong with a reported use that is kept apart; numbers are in the database.</summary>
internal enum UseFault
{
    /// <summary>Nothing: the holder sees it.</summary>
    None = 0,

    /// <summary>Such a code was never issued.</summary>
    NotIssued = 1,

    /// <summary>It is said to have been valid when no code of its showing was.</summary>
    ImpossibleTime = 2,
}

/// <summary>One reported use, looked at.</summary>
/// <param name="Report">As it came; its form is good.</param>
/// <param name="Scenario">Its scenario's number.</param>
/// <param name="Time">When it happened, Unix milliseconds.</param>
/// <param name="Fault">What is wrong with it.</param>
/// <param name="Owner">As <c>used_showings</c> writes it, of a use that was consumed without this region; else empty.</param>
/// <param name="LastExpiresAt">When the last code of the showing ends, Unix seconds; 0 when there is none.</param>
internal sealed record ReportedUse(ReportedVerification Report, int Scenario, long Time, UseFault Fault, string Owner, long LastExpiresAt)
{
    /// <summary>The showing.</summary>
    public ShowingId Showing => ShowingId.TryParse(Report.ShowingId, out var showing) ? showing : throw new InvalidOperationException("The report was not checked.");
}
