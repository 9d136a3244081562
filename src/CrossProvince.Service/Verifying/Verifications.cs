using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Federation.Trusting;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using Grpc.Core;
using Verdict = CrossProvince.Core.Verification.Verdict;

namespace CrossProvince.Service.Verifying;

/// <summary>
/// Verifies the requests of a call: their fields are checked, their codes gathered into groups with those of others (<see cref="Gathering"/>), where they are
/// judged, settled and recorded (<see cref="GroupVerification"/>), and then the answers are written.
/// </summary>
internal sealed partial class Verifications(Gathering gathering, LicenceCatalogue catalogue, NodeSettings node, OwnKeys keys, VerifyingMetrics metrics, ILogger<Verifications> logger)
{
    /// <summary>How long a request id is remembered, milliseconds (contract).</summary>
    public const long RequestMilliseconds = 600_000;

    /// <summary>Verifies and records.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="requests">1 to 1,000 requests.</param>
    /// <param name="demand">What is wanted of them beside the verdict.</param>
    /// <param name="cancellation">Gives up what has not been begun; what has been begun is recorded.</param>
    /// <returns>One result each, in order: an answer, or why there is none.</returns>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: too many codes wait; nothing was begun.</exception>
    /// <exception cref="OperationCanceledException">Some requests, or all, were given up.</exception>
    public async Task<IReadOnlyList<VerifyResult>> VerifyAsync(Caller caller, IReadOnlyList<VerifyRequest> requests, ScanDemand demand, CancellationToken cancellation)
    {
        var results = new VerifyResult[requests.Count];
        var call = Check(caller, requests, demand, results);
        if (call.Scans.Count > 0)
        {
            await gathering.VerifyAsync(call, cancellation);
        }

        using var answering = metrics.Begin("answer", call.Scans.Count);
        foreach (var scan in call.Scans)
        {
            results[scan.Position] = Answer(scan);
        }

        return results;
    }

    /// <summary>The requests whose fields are in order; faults go straight to the results.</summary>
    private ScanCall Check(Caller caller, IReadOnlyList<VerifyRequest> requests, ScanDemand demand, VerifyResult[] results)
    {
        var call = new ScanCall(caller, requests.Count, demand);
        for (var i = 0; i < requests.Count; i++)
        {
            if (VerificationChecks.FindFault(requests[i], caller, demand, catalogue) is { } fault)
            {
                results[i] = Fault(fault);
            }
            else
            {
                call.Add(i, requests[i]);
            }
        }

        return call;
    }

    private VerifyResult Answer(Scan scan)
    {
        if (scan.Fault is { } fault)
        {
            return Fault(fault);
        }

        metrics.Count(scan.Verdict, scan.Reason, scan.Core.SignatureHolds ? scan.Core.Code.Claims.Region : null);
        RaiseAlarms(scan);
        return new VerifyResult { Verification = VerificationAnswers.Write(scan, catalogue, scan.Request.WantReceipt ? keys.Find(KeyUse.Receipt) : null) };
    }

    private void RaiseAlarms(Scan scan)
    {
        var claims = scan.Core.Code.Claims;
        if (scan.Core.TagMismatch)
        {
            metrics.Alarm("tag-mismatch");
            LogTagMismatch(claims.Region, claims.List, claims.Index, scan.Core.Code.KeyId, scan.VerificationId);
        }

        if (scan.Verdict == Verdict.CodeNotIssued)
        {
            metrics.Alarm("code-not-issued");
            if (claims.Region == node.Region)
            {
                LogNotIssued(claims.List, claims.Index, scan.Core.Code.KeyId, scan.VerificationId);
            }
            else
            {
                LogNotIssuedThere(claims.Region, claims.List, claims.Index, scan.Core.Code.KeyId, scan.VerificationId);
            }
        }
    }

    private static VerifyResult Fault(RequestFault fault) => new()
    {
        Error = new RequestError
        {
            Code = (int)(fault.Denied ? StatusCode.PermissionDenied : StatusCode.InvalidArgument),
            Field = fault.Field,
            Message = fault.En,
            Text = new Message { Zh = fault.Zh, En = fault.En },
        },
    };

    [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM: a code under a good signature of region {Region} does not agree with its licence index (list {List}, index {Index}, key {Key}, verification {VerificationId}). The code key may be stolen: tell that region.")]
    private partial void LogTagMismatch(RegionCode region, int list, int index, KeyId key, string verificationId);

    [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM: a code under this region's good signature was never issued here (list {List}, index {Index}, key {Key}, verification {VerificationId}). The code key may be stolen.")]
    private partial void LogNotIssued(int list, int index, KeyId key, string verificationId);

    [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM: region {Region} says that it never issued a code that is under its own good signature (list {List}, index {Index}, key {Key}, verification {VerificationId}). Its code key may be stolen: it has the same alarm.")]
    private partial void LogNotIssuedThere(RegionCode region, int list, int index, KeyId key, string verificationId);
}
