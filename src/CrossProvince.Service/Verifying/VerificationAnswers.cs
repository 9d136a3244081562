using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Presenting;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace CrossProvince.Service.Verifying;

/// <summary>Writes the answer to a scan as the contract has it.</summary>
internal static class VerificationAnswers
{
    /// <param name="scan">The scan.</param>
    /// <param name="catalogue">The catalogue.</param>
    /// <param name="receiptKey">Signs receipts; null: none may now, and the answer comes without.</param>
    public static Verification Write(Scan scan, LicenceCatalogue catalogue, ISigner? receiptKey)
    {
        var answer = new Verification
        {
            Verdict = WireVerdicts.From(scan.Verdict),
            Message = ToWire(VerdictTexts.For(scan.Verdict, scan.Reason)),
            VerificationId = scan.VerificationId,
            Reason = WireVerdicts.From(scan.Reason),
            Mode = scan.Mode,
            TrustListVersion = scan.TrustVersion,
            TrustStale = scan.Core.TrustStale,
            Repeated = scan.IsRepeated,
            VerifiedAt = Milliseconds(scan.Time),
        };
        if (scan.Core.SignatureHolds)
        {
            WriteClaims(answer, scan, catalogue);
        }

        if (receiptKey is not null)
        {
            answer.Receipt = ByteString.CopyFrom(VerificationReceiptDocument.Sign(Receipt(scan), receiptKey));
        }

        return answer;
    }

    private static void WriteClaims(Verification answer, Scan scan, LicenceCatalogue catalogue)
    {
        var claims = scan.Core.Code.Claims;
        answer.IssuingRegion = claims.Region.ToString();
        answer.LicenceType = catalogue.FindType(claims.LicenceType)?.Id ?? "";
        answer.Scenario = scan.Core.Scenario?.Id ?? "";
        answer.Display = WireDisplay.From(scan.Core.Code.ReadDisplay());
        answer.Presenter = WireDisplay.From(claims.Presenter);
        answer.Specimen = claims.Specimen;
        answer.Stale = scan.Core.Stale;
        foreach (var (field, value) in scan.Disclosed.Fields)
        {
            answer.Disclosed.Add(field, value);
        }

        if (scan.Disclosed.Note is { } note)
        {
            answer.DisclosureNote = ToWire(note);
        }

        if (scan.Core.AsOfMilliseconds != 0)
        {
            answer.StatusAsOf = Milliseconds(scan.Core.AsOfMilliseconds);
        }
    }

    private static VerificationReceipt Receipt(Scan scan)
    {
        var receipt = new VerificationReceipt
        {
            VerificationId = scan.VerificationId,
            TimeMs = scan.Time,
            Verifier = scan.Request.OnBehalfOf.Length > 0 ? scan.Request.OnBehalfOf : scan.Caller.Uri,
            Terminal = scan.Request.TerminalId,
            Matter = scan.Request.MatterCode.Length > 0 ? scan.Request.MatterCode : null,
            Verdict = scan.Verdict,
            Reason = scan.Reason,
            TrustListVersion = scan.TrustVersion,
            Disclosed = [.. scan.Disclosed.Fields.Keys],
        };
        if (!scan.Core.SignatureHolds)
        {
            return receipt;
        }

        var claims = scan.Core.Code.Claims;
        return receipt with
        {
            Issuer = claims.Region,
            List = claims.List,
            Index = claims.Index,
            Scenario = claims.Scenario,
            AsOfMs = scan.Core.AsOfMilliseconds == 0 ? null : scan.Core.AsOfMilliseconds,
        };
    }

    private static Message ToWire(LocalizedText text) => new() { Zh = text.Zh, En = text.En };

    private static Timestamp Milliseconds(long unixMilliseconds) => Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds));
}
