using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Contracts.Verification.V1;

namespace CrossProvince.Service.Federation;

/// <summary>What was scanned, between nodes.</summary>
internal static class ShowingExtensions
{
    /// <summary>The request that a verifier would make of it.</summary>
    public static VerifyRequest ToVerifyRequest(this Showing showing) => new()
    {
        Code = showing.Code,
        Scenario = showing.Scenario,
        TerminalId = showing.TerminalId,
        MatterCode = showing.MatterCode,
        CaseNumber = showing.CaseNumber,
        RequestId = showing.RequestId,
        OnBehalfOf = showing.OnBehalfOf,
    };
}
