using System.Text;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Federation.Asking;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Recording;

namespace CrossProvince.Service.Verifying;

/// <summary>
/// Step 11 of scans that the issuing region is to be asked about. They leave their group, so that nobody waits for a slow region but who asked about a code of it,
/// and are recorded and answered each by itself.
/// </summary>
/// <remarks>
/// What a node asks is answered without asking anyone (docs/adr/0054): a question goes one hop, from a verifier's own node to the issuer, and no request can make it go further.
/// </remarks>
internal sealed class IssuerSettlement(
    IssuerCalls issuers, IssuerAnswers answers, RecordedAnswers recorded, UsedShowings used, RequestIds requestIds, IVerificationRecorder recorder, NodeSettings node, VerifyingMetrics metrics)
{
    /// <summary>Bytes of a code and a little more.</summary>
    private const int CodeBytes = 256;

    /// <summary>Takes those scans out of a group that go on here, and begins with them. A group without any costs one look at each.</summary>
    /// <param name="scans">The group; keeps the others.</param>
    public void Take(List<Scan> scans)
    {
        List<Scan>? asking = null;
        foreach (var scan in scans)
        {
            if (QuestionOf(scan) != IssuerQuestion.None)
            {
                (asking ??= []).Add(scan);
            }
        }

        if (asking is null)
        {
            return;
        }

        asking.ForEach(scan => scan.Leave());
        scans.RemoveAll(scan => scan.HasLeft);
        _ = SettleAsync(asking);
    }

    /// <summary>What the issuing region is to be asked about a scan as it stands.</summary>
    private IssuerQuestion QuestionOf(Scan scan)
    {
        if (scan.Verdict is not (Verdict.Valid or Verdict.Undetermined) || !scan.Core.SignatureHolds || scan.Core.Scenario is not { } scenario
            || scan.Core.Code.Claims.Region == node.Region || scan.Caller.Role == CallerRole.Node)
        {
            return IssuerQuestion.None;
        }

        // Whether a verdict is wanted, too: the issuer verifies the whole code whatever it is asked.
        var isForwarded = scan.Verdict == Verdict.Undetermined;
        if (isForwarded && (node.Options.Federation.ForwardsPerSecond == 0 || scan.Reason is not (UndeterminedReason.NoStatus or UndeterminedReason.Stale or UndeterminedReason.NotYetSeen)))
        {
            return IssuerQuestion.None;
        }

        return scenario.Discloses.Count > 0 && IsKnownElsewhere(scan.Caller) ? IssuerQuestion.Disclose
            : scenario.Use == UseRule.OnceEverywhere ? IssuerQuestion.Redeem
            : isForwarded ? IssuerQuestion.Verify
            : IssuerQuestion.None;
    }

    private async Task SettleAsync(List<Scan> scans)
    {
        using var asking = metrics.Begin("ask", scans);
        try
        {
            await recorded.RepeatAsync(scans);
            await ClaimAsync([.. scans.Where(IsUsedHere)]);
        }
        catch (Exception e)
        {
            scans.ForEach(scan => End(scan, e));
            return;
        }

        await Task.WhenAll(scans.Select(FinishAsync));
    }

    private async Task FinishAsync(Scan scan)
    {
        Exception? failure = null;
        try
        {
            if (!scan.IsRecorded)
            {
                await AskAsync(scan);
                await recorder.AppendAsync([ScanRecord.Of(scan)], CancellationToken.None);
            }
        }
        catch (Exception e)
        {
            failure = e;
        }

        End(scan, failure);
    }

    private async Task AskAsync(Scan scan)
    {
        // The region's own memory may have had the last word.
        var question = QuestionOf(scan);
        if (question == IssuerQuestion.None)
        {
            return;
        }

        var isForwarded = scan.Verdict == Verdict.Undetermined;
        var reply = await issuers.AskAsync(scan.Core.Code.Claims.Region, question, isForwarded, ToShowing(scan), answer => answers.Judge(scan, question, answer));
        if (reply.Verification is { } verification)
        {
            scan.Take(verification);
            if (question != IssuerQuestion.Disclose && scan.Verdict == Verdict.Valid && scan.Core.Scenario!.Discloses.Count > 0 && scan.Caller.Rights.IsOrganisation)
            {
                scan.Granted = DisclosureNotes.NotAsked;
                scan.Disclose();
            }
        }
        else if (!isForwarded)
        {
            GoOnAlone(scan, question, reply.Outcome);
        }

        if (isForwarded && IsUsedHere(scan))
        {
            await ClaimAsync([scan]);
        }
    }

    /// <summary>The issuing region did not answer. Once everywhere means: at the issuer. The scenario says whether this region's own memory is enough instead.</summary>
    private static void GoOnAlone(Scan scan, IssuerQuestion question, AskOutcome outcome)
    {
        if (scan.Core.Scenario is { Use: UseRule.OnceEverywhere, OfflineUse: OfflineUseRule.None })
        {
            scan.Take(UseState.Unknown);
        }
        else if (question == IssuerQuestion.Disclose)
        {
            scan.Granted = DisclosureNotes.For(outcome);
            scan.Disclose();
        }
    }

    /// <summary>Whether a use counts in this region's own memory: what may be used once in each region, and what that memory must decide when the issuer cannot be asked.</summary>
    private static bool IsUsedHere(Scan scan) => scan.Verdict == Verdict.Valid && !scan.IsRecorded
        && scan.Core.Scenario is { Use: UseRule.OncePerRegion } or { Use: UseRule.OnceEverywhere, OfflineUse: OfflineUseRule.Local };

    private async Task ClaimAsync(List<Scan> scans)
    {
        if (scans.Count == 0)
        {
            return;
        }

        var states = await used.ClaimAsync(scans.ConvertAll(scan => ShowingUse.Of(scan, node.Region)));
        for (var i = 0; i < states.Length; i++)
        {
            scans[i].Take(states[i]);
        }
    }

    private void End(Scan scan, Exception? failure)
    {
        requestIds.End([scan], failure);
        scan.End(failure);
    }

    /// <summary>Whether other regions can tell that an organisation is one of this region's: by its code.</summary>
    private bool IsKnownElsewhere(Caller caller) => caller.Rights.IsOrganisation && VerificationChecks.IsOrganisationOf(caller.Organisation, node.Region);

    private Showing ToShowing(Scan scan)
    {
        Span<byte> message = stackalloc byte[CodeBytes];
        PresentationText.Read(scan.Request.Code, message, out var length);
        var isKnown = IsKnownElsewhere(scan.Caller);
        return new Showing
        {
            // As it was issued, not as it was scanned.
            Code = PresentationText.Write(message[..length]),
            Scenario = scan.Core.Scenario!.Id,
            OnBehalfOf = isKnown ? scan.Caller.Organisation : "",
            TerminalId = isKnown ? scan.Request.TerminalId : Pseudonym(scan.Caller.Uri, scan.Request.TerminalId),
            MatterCode = scan.Request.MatterCode,
            CaseNumber = scan.Request.CaseNumber,
            RequestId = scan.VerificationId,
        };
    }

    /// <summary>Stands for a verifier that the other region could not tell from others: two of them must not be one owner of a showing there.</summary>
    /// <param name="caller">As recorded.</param>
    /// <param name="terminal">As recorded.</param>
    internal static string Pseudonym(string caller, string terminal) => Convert.ToHexStringLower(Sm3.Hash(Encoding.UTF8.GetBytes($"{caller}|{terminal}")).AsSpan(0, 16));
}
