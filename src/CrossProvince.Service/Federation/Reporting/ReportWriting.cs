using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Presenting;
using CrossProvince.Service.Verifying;
using Google.Protobuf.WellKnownTypes;

namespace CrossProvince.Service.Federation.Reporting;

/// <summary>Writes what was verified as the issuing region is told of it.</summary>
internal sealed class ReportWriting(LicenceCatalogue catalogue, PartnerFile partners, RegionCode own)
{
    private const string Operator = "operator:";

    /// <summary>Writes one use; null when its scenario is in no catalogue any more, so that nobody could tell what it was for.</summary>
    public ReportedVerification? Write(UnreportedUse use)
    {
        if (catalogue.FindScenario((int)use.Scenario) is not { } scenario)
        {
            return null;
        }

        var organisation = use.OnBehalfOf.Length > 0 ? use.OnBehalfOf : OrganisationOf(use.Caller);
        var names = partners.FindNames(organisation);
        return new ReportedVerification
        {
            VerificationId = use.VerificationId,
            Time = Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(use.Time)),
            ShowingId = new ShowingId((ulong)use.Showing).ToString(),
            CodeNumber = (int)use.CodeNumber,
            List = (int)use.ListNumber,
            Index = (int)use.ListIndex,
            Scenario = scenario.Id,
            Presenter = WireDisplay.From((Core.Presentation.Presenter)use.Presenter),
            Verdict = (Verdict)(int)use.Verdict,
            Verifier = use.OnBehalfOf.Length > 0 ? use.OnBehalfOf : use.Caller,
            VerifierNameZh = ReportCheck.Shorten(names?.Zh ?? "", ReportCheck.LongestNameZh),
            VerifierNameEn = ReportCheck.Shorten(names?.En ?? "", ReportCheck.LongestNameEn),
            TerminalId = use.TerminalId,
            DisclosedFields = { use.Disclosed.Split(',', StringSplitOptions.RemoveEmptyEntries) },
            ConsumedBy = IsConsumedHere(use, scenario) ? OwnerOf(use, organisation) : null,
        };
    }

    /// <summary>The issuer consumes what may be used once everywhere, unless it could not be asked.</summary>
    private static bool IsConsumedHere(UnreportedUse use, Scenario scenario) =>
        scenario.Use == UseRule.OnceEverywhere && use is { Verdict: (long)Verdict.Valid, Mode: (long)VerificationMode.Local, Repeated: false };

    /// <summary>As the issuer would have been asked (<see cref="IssuerSettlement"/>): the same desk that scans again afterwards is the same owner.</summary>
    private ShowingOwner OwnerOf(UnreportedUse use, string organisation) => VerificationChecks.IsOrganisationOf(organisation, own)
        ? new ShowingOwner { OnBehalfOf = organisation, TerminalId = use.TerminalId }
        : new ShowingOwner { TerminalId = IssuerSettlement.Pseudonym(use.Caller, use.TerminalId) };

    private static string OrganisationOf(string caller) =>
        caller.StartsWith(Operator, StringComparison.Ordinal) ? caller[Operator.Length..] : PartyName.Read(caller)?.Organisation ?? "";
}
