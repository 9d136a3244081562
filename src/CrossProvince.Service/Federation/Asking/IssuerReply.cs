using CrossProvince.Contracts.Verification.V1;

namespace CrossProvince.Service.Federation.Asking;

/// <summary>What the issuing region said.</summary>
/// <param name="Outcome">How asking it ended.</param>
/// <param name="Verification">Its own verification; null unless <see cref="AskOutcome.Answered"/>.</param>
internal readonly record struct IssuerReply(AskOutcome Outcome, Verification? Verification)
{
    /// <summary>Whether the region fails, so that it is better left alone for a while.</summary>
    public bool IsFailure => Outcome is AskOutcome.Slow or AskOutcome.Unreachable or AskOutcome.Implausible;
}
