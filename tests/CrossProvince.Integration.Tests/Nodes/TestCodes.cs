using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Service.Licences;

namespace CrossProvince.Integration.Tests.Nodes;

/// <summary>Codes made by the encoder with whatever key: genuine ones, and what a thief or a faulty front end would make.</summary>
internal static class TestCodes
{
    /// <summary>Claims as the issuing node would make them now, for a showing that it has never recorded.</summary>
    internal static PresentationClaims Claims(TestFederation federation, RegionCode region, StoredLicence licence, string scenario)
    {
        var found = TestFederation.Catalogue.FindScenario(scenario)!;
        var now = federation.Clock.Seconds;
        return new PresentationClaims
        {
            Region = region,
            IssuedAt = now,
            ExpiresAt = now + TestFederation.Catalogue.MaxLifetimeSeconds(licence.Record.TypeNumber, found.Number),
            Showing = ShowingId.Create(),
            LicenceType = licence.Record.TypeNumber,
            Scenario = found.Number,
            List = licence.List,
            Index = licence.Index,
        };
    }

    /// <summary>The text of a code.</summary>
    internal static string Sign(PresentationClaims claims, Display display, ISigner key) => PresentationText.Write(PresentationEncoder.Encode(claims, display, key));
}
