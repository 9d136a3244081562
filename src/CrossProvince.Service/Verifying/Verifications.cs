using System.Data.Common;
using System.Text;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Presenting;
using CrossProvince.Service.Storage;
using Grpc.Core;
using UndeterminedReason = CrossProvince.Core.Verification.UndeterminedReason;
using Verdict = CrossProvince.Core.Verification.Verdict;

namespace CrossProvince.Service.Verifying;

/// <summary>
/// Verifies a batch: Core judges steps 1 to 10, one transaction performs step 11 and records, then the answers are written.
/// Nothing is answered that has not been recorded.
/// </summary>
internal sealed partial class Verifications(
    LicenceVerifier verifier, LicenceCatalogue catalogue, LicenceIndex index, TrustSource trust, TrustedClock clock, GroupCommit commits, UsedShowings used,
    Disclosure disclosure, NodeSettings node, VerifyingMetrics metrics, ILogger<Verifications> logger)
{
    /// <summary>How long a request id is remembered, milliseconds (contract).</summary>
    public const long RequestMilliseconds = 600_000;

    private const int DigestBytes = 16;

    /// <summary>Verifies and records.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="requests">1 to 1,000 requests.</param>
    /// <param name="cancellation">Gives up what has not been begun; a record that is being made stays.</param>
    /// <returns>One result each, in order: an answer, or why there is none.</returns>
    /// <exception cref="OperationCanceledException">Nothing was recorded.</exception>
    public async Task<IReadOnlyList<VerifyResult>> VerifyAsync(Caller caller, IReadOnlyList<VerifyRequest> requests, CancellationToken cancellation)
    {
        var results = new VerifyResult[requests.Count];
        List<Scan> scans;
        using (metrics.Begin("judge", requests.Count))
        {
            scans = Judge(caller, requests, results);
        }

        if (scans.Count > 0)
        {
            using var recording = metrics.Begin("record", scans.Count);
            await ClaimAheadAsync(caller, scans);
            foreach (var scan in scans.Where(s => s.Verdict == Verdict.Valid))
            {
                // Read before the transaction, which all writers of the node share.
                scan.Granted = await disclosure.ReadAsync(caller, scan.Core);
            }

            await commits.RunAsync(
                async transaction =>
                {
                    foreach (var scan in scans)
                    {
                        await SettleAsync(transaction, caller, scan);
                    }
                },
                cancellation);
        }

        using var answering = metrics.Begin("answer", scans.Count);
        foreach (var scan in scans)
        {
            results[scan.Position] = Answer(caller, scan);
        }

        return results;
    }

    /// <summary>The requests that are in order, each with Core's answer; faults go straight to the results.</summary>
    private List<Scan> Judge(Caller caller, IReadOnlyList<VerifyRequest> requests, VerifyResult[] results)
    {
        var scans = new List<Scan>(requests.Count);
        for (var i = 0; i < requests.Count; i++)
        {
            if (VerificationChecks.FindFault(requests[i], caller, catalogue) is { } fault)
            {
                results[i] = Fault(fault);
            }
            else
            {
                scans.Add(new Scan(i, requests[i]));
            }
        }

        var time = clock.Now();
        var data = new VerificationData
        {
            Trust = trust.List,
            TrustFreshness = trust.Freshness(time.UnixSeconds),
            Catalogue = catalogue,
            Index = index,
            Time = time,
        };
        var region = caller.Role == CallerRole.Node ? caller.Region : node.Region;
        var questions = scans.Select(s => new VerificationQuestion(
            s.Request.Code.AsMemory(), s.Request.Scenario.Length == 0 ? null : catalogue.FindScenario(s.Request.Scenario), region, caller.Rights)).ToArray();
        var answers = new VerificationAnswer[questions.Length];
        verifier.VerifyMany(data, questions, answers);

        var kept = new List<Scan>(scans.Count);
        for (var i = 0; i < scans.Count; i++)
        {
            var scan = scans[i];
            (scan.Time, scan.TrustVersion, scan.Core) = (time.UnixMilliseconds, data.Trust.Version, answers[i]);
            scan.Restart();
            if (VerificationChecks.FindMissing(scan.Request, questions[i].Scenario ?? answers[i].Scenario) is { } missing)
            {
                results[scan.Position] = Fault(missing);
                continue;
            }

            kept.Add(scan);
        }

        return kept;
    }

    /// <summary>Step 11 where the store of used showings is not the database: all at once, before any transaction.</summary>
    private async Task ClaimAheadAsync(Caller caller, List<Scan> scans)
    {
        if (!used.DecidesAhead)
        {
            return;
        }

        var asked = scans.Where(s => s.Verdict == Verdict.Valid && s.Core.UseRequired && MayDecideHere(s)).ToList();
        var states = await used.ClaimAsync([.. asked.Select(s => UseOf(caller, s))]);
        for (var i = 0; i < asked.Count; i++)
        {
            asked[i].UseAhead = states[i];
        }
    }

    /// <summary>Step 11 and the record, inside the transaction that makes both durable.</summary>
    private async Task SettleAsync(DbTransaction transaction, Caller caller, Scan scan)
    {
        scan.Restart();
        var requestId = scan.Request.RequestId is { Length: > 0 } given ? given : null;
        var digest = requestId is null ? null : Digest(scan.Request);
        if (requestId is not null
            && await VerificationStore.FindAnswerAsync(transaction, caller.Uri, requestId, scan.Time - RequestMilliseconds) is { } recorded)
        {
            scan.Repeat(recorded, isSame: recorded.RequestDigest.AsSpan().SequenceEqual(digest));
            return;
        }

        if (scan.Verdict == Verdict.Valid)
        {
            await CheckUseAsync(transaction, caller, scan);
        }

        if (scan.Verdict == Verdict.Valid)
        {
            scan.Disclosed = scan.Granted;
        }

        await VerificationStore.InsertAsync(transaction, ToRecord(caller, scan, requestId, digest));
    }

    /// <summary>Step 11: the showing is not used by another; where this node is the issuer, the code was issued and not withdrawn.</summary>
    private async Task CheckUseAsync(DbTransaction transaction, Caller caller, Scan scan)
    {
        if (scan.Core.UseRequired)
        {
            Apply(scan, !MayDecideHere(scan) ? UseState.Unknown : scan.UseAhead ?? await used.LookAsync(transaction, UseOf(caller, scan)));
        }

        if (scan.Verdict == Verdict.Valid && IsOwn(scan))
        {
            await CheckIssuedAsync(transaction, scan);
        }

        if (scan.Verdict == Verdict.Valid && scan.Core.UseRequired && !scan.IsRepeated && scan.UseAhead is null)
        {
            Apply(scan, await used.ClaimAsync(transaction, UseOf(caller, scan)));
        }
    }

    private bool IsOwn(Scan scan) => scan.Core.Code.Claims.Region == node.Region;

    /// <summary>Once everywhere means: at the issuer. Where it can't be asked, the scenario says whether this region's own memory is enough.</summary>
    private bool MayDecideHere(Scan scan) =>
        IsOwn(scan) || scan.Core.Scenario is not { Use: UseRule.OnceEverywhere, OfflineUse: OfflineUseRule.None };

    private static ShowingUse UseOf(Caller caller, Scan scan)
    {
        var claims = scan.Core.Code.Claims;
        var owner = $"{caller.Uri}|{scan.Request.OnBehalfOf}|{scan.Request.TerminalId}";
        return new ShowingUse(claims.Region, claims.Showing, owner, scan.Time, claims.ExpiresAt + ShowingUse.KeptSeconds, scan.VerificationId);
    }

    private static void Apply(Scan scan, UseState state)
    {
        switch (state)
        {
            case UseState.UsedByOwner:
                scan.IsRepeated = true;
                break;
            case UseState.UsedByAnother:
                scan.Verdict = Verdict.Replayed;
                break;
            case UseState.Unknown:
                (scan.Verdict, scan.Reason) = (Verdict.Undetermined, UndeterminedReason.UseNotChecked);
                break;
        }
    }

    private static async Task CheckIssuedAsync(DbTransaction transaction, Scan scan)
    {
        var claims = scan.Core.Code.Claims;
        var showing = await ShowingStore.FindAsync(transaction, claims.Showing);
        if (showing is null || claims.CodeNumber > showing.LastCode || (showing.List, showing.Index) != (claims.List, claims.Index)
            || showing.Scenario != claims.Scenario || showing.Presenter != claims.Presenter)
        {
            scan.Verdict = Verdict.CodeNotIssued;
        }
        else if (showing.WithdrawnAt is not null)
        {
            scan.Verdict = Verdict.CodeWithdrawn;
        }
    }

    private VerifyResult Answer(Caller caller, Scan scan)
    {
        if (scan.IsOtherRequest)
        {
            return Fault(new RequestFault("request_id", "10 分钟内已用于另一请求：每个请求请用新的编号。", "was used for another request within the last 10 minutes: take a new one for each request."));
        }

        metrics.Count(scan.Verdict, scan.Reason, scan.Core.SignatureHolds ? scan.Core.Code.Claims.Region : null);
        RaiseAlarms(scan);
        return new VerifyResult { Verification = VerificationAnswers.Write(scan, caller, catalogue, node) };
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
            LogNotIssued(claims.List, claims.Index, scan.Core.Code.KeyId, scan.VerificationId);
        }
    }

    private static VerificationRecord ToRecord(Caller caller, Scan scan, string? requestId, byte[]? digest)
    {
        var record = new VerificationRecord
        {
            VerificationId = scan.VerificationId,
            Time = scan.Time,
            Caller = caller.Uri,
            OnBehalfOf = scan.Request.OnBehalfOf,
            VerifierRegion = caller.Region.Value,
            TerminalId = scan.Request.TerminalId,
            MatterCode = scan.Request.MatterCode,
            CaseNumber = scan.Request.CaseNumber,
            RequestId = requestId,
            RequestDigest = digest,
            Verdict = scan.Verdict,
            Reason = scan.Reason,
            TrustVersion = scan.TrustVersion,
            TrustStale = scan.Core.TrustStale,
            Mode = (int)VerificationMode.Local,
        };
        if (!scan.Core.SignatureHolds)
        {
            return record;
        }

        var claims = scan.Core.Code.Claims;
        return record with
        {
            Scenario = claims.Scenario,
            IssuingRegion = claims.Region.Value,
            TypeNumber = claims.LicenceType,
            ListNumber = claims.List,
            ListIndex = claims.Index,
            Showing = (long)claims.Showing.Value,
            CodeNumber = claims.CodeNumber,
            Presenter = (int)claims.Presenter,
            Specimen = claims.Specimen,
            StatusAsOf = scan.Core.AsOfMilliseconds,
            Stale = scan.Core.Stale,
            Repeated = scan.IsRepeated,
            Disclosed = string.Join(',', scan.Disclosed.Fields.Keys),
        };
    }

    private static byte[] Digest(VerifyRequest request) => Sm3.Hash(Encoding.UTF8.GetBytes(
        string.Join('\n', request.Scenario, request.TerminalId, request.MatterCode, request.CaseNumber, request.OnBehalfOf, request.Code)))[..DigestBytes];

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
}
