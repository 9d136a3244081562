namespace CrossProvince.Service.Verifying;

/// <summary>What is recorded of a scan.</summary>
internal static class ScanRecord
{
    public static VerificationRecord Of(Scan scan)
    {
        // Nothing of a code whose signature does not hold is stored.
        var holds = scan.Core.SignatureHolds;
        var claims = holds ? scan.Core.Code.Claims : default;
        return new VerificationRecord
        {
            VerificationId = scan.VerificationId,
            Time = scan.Time,
            Caller = scan.Caller.Uri,
            OnBehalfOf = scan.Request.OnBehalfOf,
            VerifierRegion = scan.Caller.Region.Value,
            TerminalId = scan.Request.TerminalId,
            MatterCode = scan.Request.MatterCode,
            CaseNumber = scan.Request.CaseNumber,
            RequestId = scan.Request.RequestId is { Length: > 0 } id ? id : null,
            RequestDigest = scan.RequestDigest,
            Verdict = scan.Verdict,
            Reason = scan.Reason,
            TrustVersion = scan.TrustVersion,
            TrustStale = scan.Core.TrustStale,
            Mode = (int)scan.Mode,
            Scenario = claims.Scenario,
            IssuingRegion = claims.Region.Value,
            TypeNumber = claims.LicenceType,
            ListNumber = claims.List,
            ListIndex = claims.Index,
            Showing = (long)claims.Showing.Value,
            CodeNumber = claims.CodeNumber,
            Presenter = (int)claims.Presenter,
            Specimen = claims.Specimen,
            StatusAsOf = holds ? scan.Core.AsOfMilliseconds : 0,
            Stale = holds && scan.Core.Stale,
            Repeated = scan.IsRepeated,
            Disclosed = scan.Disclosed.Fields.Count == 0 ? "" : string.Join(',', scan.Disclosed.Fields.Keys),
        };
    }
}
