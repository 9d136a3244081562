using CrossProvince.Core.Verification;
using Google.Protobuf.Reflection;
using Wire = CrossProvince.Contracts.Verification.V1;

namespace CrossProvince.Service.Verifying;

/// <summary>Verdicts as the contract writes them: the same numbers.</summary>
internal static class WireVerdicts
{
    public static Wire.Verdict From(Verdict verdict) => (Wire.Verdict)(int)verdict;

    public static Wire.UndeterminedReason From(UndeterminedReason reason) => (Wire.UndeterminedReason)(int)reason;

    /// <summary>The name on the wire, such as <c>VERDICT_VALID</c>.</summary>
    public static string Name(Verdict verdict) =>
        Wire.VerificationReflection.Descriptor.FindTypeByName<EnumDescriptor>(nameof(Wire.Verdict)).FindValueByNumber((int)verdict).Name;
}
