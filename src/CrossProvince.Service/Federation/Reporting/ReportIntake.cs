using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Limits;
using CrossProvince.Service.Storage.Retention;
using CrossProvince.Service.Verifying;
using Grpc.Core;

namespace CrossProvince.Service.Federation.Reporting;

/// <summary>Takes in what other regions report of this one's codes: what holders are to see, and what calls for an alarm.</summary>
/// <remarks>Who calls is judged anew before every message: a certificate or partner that is refused gets nothing more in.</remarks>
internal sealed partial class ReportIntake(
    NodeSettings node, LicenceCatalogue catalogue, IssuedShowings issued, ReportedUseStore store, UsedShowings used, CallLimits limits, TrustedClock clock, VerifyingMetrics alarms,
    ReportMetrics metrics, ILogger<ReportIntake> logger)
{
    /// <summary>Verifications of one message.</summary>
    public const int MostOfOneMessage = 500;

    private const int MostMessages = 20;

    /// <summary>Calls of one region at the same time; each of its nodes needs one.</summary>
    private const int MostCalls = 8;

    /// <summary>Of one message, so many uses are kept that cannot be true; the rest is counted only.</summary>
    private const int MostKeptApart = 20;

    private const long SkewMilliseconds = 1_000 * 2 * NodeSettings.SkewSeconds;

    /// <summary>A caller that sends nothing for so long has left.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly RegionPlaces _places = new(MostCalls);

    /// <summary>Calls that are open.</summary>
    public int Open => _places.Taken().Sum(taken => taken.Streams);

    /// <summary>Takes in one call.</summary>
    /// <param name="requests">What is reported.</param>
    /// <param name="judge">Who calls, now; throws when it is nobody who may.</param>
    /// <param name="cancellation">The caller went away.</param>
    /// <returns>What was made of it, once it is durable.</returns>
    /// <exception cref="RpcException">The caller may not report, or not so much.</exception>
    public async Task<ReportVerificationsResponse> TakeAsync(IAsyncStreamReader<ReportVerificationsRequest> requests, Func<Caller> judge, CancellationToken cancellation)
    {
        using var place = _places.Enter(judge().Region);
        var answer = new ReportVerificationsResponse();
        for (var messages = 1; await NextAsync(requests, cancellation); messages++)
        {
            var caller = judge();
            var reported = requests.Current.Verifications;
            if (reported.Count is 0 or > MostOfOneMessage || messages > MostMessages)
            {
                throw RpcErrors.InvalidArgument(
                    "verifications", $"每条消息须有 1 至 {MostOfOneMessage} 项，每次调用最多 {MostMessages} 条消息。", $"must have 1 to {MostOfOneMessage} entries in each of at most {MostMessages} messages.");
            }

            await limits.WaitAsync(caller, reported.Count, cancellation);
            await TakeAsync(caller, reported, answer, cancellation);
        }

        return answer;
    }

    private static async Task<bool> NextAsync(IAsyncStreamReader<ReportVerificationsRequest> requests, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(s_patience);
        try
        {
            return await requests.MoveNext(patience.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw RpcErrors.DeadlineExceeded();
        }
    }

    private async Task TakeAsync(Caller caller, IReadOnlyList<ReportedVerification> reported, ReportVerificationsResponse answer, CancellationToken cancellation)
    {
        var now = clock.Now().UnixMilliseconds;
        var good = Check(caller.Region, reported, now, answer);
        if (good.Count == 0)
        {
            return;
        }

        var found = await issued.JudgeAsync(good);
        var uses = good.Select((use, i) => new ReportedUse(use, catalogue.FindScenario(use.Scenario)!.Number, ReportCheck.TimeOf(use), found[i].Fault, OwnerOf(use, caller), found[i].LastExpiresAt)).ToList();
        var kept = uses.Where(use => use.Fault == UseFault.None).Concat(uses.Where(use => use.Fault != UseFault.None).Take(MostKeptApart)).ToList();
        var added = await store.AddAsync(caller.Region, kept, now, cancellation);
        RaiseAlarms(caller.Region, uses);
        await ConsumeAsync(caller.Region, [.. uses.Where(use => use.Fault == UseFault.None && use.Owner.Length > 0)], now, cancellation);

        // What was not kept is accounted for, and not to be sent again.
        answer.Taken += added + (uses.Count - kept.Count);
        answer.Known += kept.Count - added;
        metrics.Received(caller.Region, "taken", added);
        metrics.Received(caller.Region, "known", kept.Count - added);
    }

    private List<ReportedVerification> Check(RegionCode region, IReadOnlyList<ReportedVerification> reported, long now, ReportVerificationsResponse answer)
    {
        var oldest = MonthlyTable.ReportedUses.Begin(RecordRetention.FirstKept(now, node.Options.Storage.RetentionMonths));
        var good = new List<ReportedVerification>(reported.Count);
        var foreign = 0;
        ReportFault? first = null;
        foreach (var use in reported)
        {
            if (ReportCheck.Find(use, region, catalogue, oldest, now + SkewMilliseconds) is { } fault)
            {
                first ??= fault;
                foreign += fault.IsForeign ? 1 : 0;
                metrics.Received(region, fault.Kind, 1);
            }
            else
            {
                good.Add(use);
            }
        }

        if (first is not null)
        {
            answer.Refused += reported.Count - good.Count;
            answer.RefusedReason = answer.RefusedReason.Length > 0 ? answer.RefusedReason : first.Reason;
            LogRefused(region, reported.Count - good.Count, first.Reason);
        }

        if (foreign > 0)
        {
            alarms.Alarm("report-of-another-region");
            LogForeign(region, foreign);
        }

        return good;
    }

    /// <summary>Only of what is used once everywhere: who the use belongs to, as if it had been asked for here.</summary>
    private string OwnerOf(ReportedVerification use, Caller caller) =>
        use.ConsumedBy is { } owner && use.Verdict == Contracts.Verification.V1.Verdict.Valid && catalogue.FindScenario(use.Scenario)!.Use == UseRule.OnceEverywhere
            ? ShowingUse.OwnerOf(caller.Uri, owner.OnBehalfOf, owner.TerminalId)
            : "";

    private void RaiseAlarms(RegionCode region, List<ReportedUse> uses)
    {
        if (uses.Where(use => use.Fault == UseFault.NotIssued).ToList() is [var first, ..] neverIssued)
        {
            alarms.Alarm("reported-not-issued");
            metrics.Received(region, "not-issued", neverIssued.Count);
            LogNotIssued(region, neverIssued.Count, first.Report.List, first.Report.Index, first.Report.VerificationId);
        }

        if (uses.Where(use => use.Fault == UseFault.ImpossibleTime).ToList() is [var odd, ..] impossible)
        {
            alarms.Alarm("reported-impossible");
            metrics.Received(region, "impossible", impossible.Count);
            LogImpossible(region, impossible.Count, odd.Report.VerificationId);
        }
    }

    /// <summary>What was consumed elsewhere is used here as well while its codes live, and must not have been used by anybody else.</summary>
    private async Task ConsumeAsync(RegionCode region, List<ReportedUse> consumed, long now, CancellationToken cancellation)
    {
        if (consumed.Count == 0)
        {
            return;
        }

        var doubles = (await store.FindDoublesAsync(consumed, cancellation)).DistinctBy(found => found.VerificationId).ToDictionary(found => found.VerificationId);
        var alive = consumed.Where(use => use.LastExpiresAt + ShowingUse.KeptSeconds > now / 1_000).ToList();
        var states = alive.Count == 0 ? [] : await used.ClaimAsync(alive.ConvertAll(use =>
            new ShowingUse(node.Region, use.Showing, use.Owner, use.Time, use.LastExpiresAt + ShowingUse.KeptSeconds, use.Report.VerificationId)));
        var taken = alive.Where((use, i) => states[i] == UseState.UsedByAnother).ToHashSet();
        foreach (var use in consumed)
        {
            if (doubles.GetValueOrDefault(use.Report.VerificationId) is { } other)
            {
                alarms.Alarm("double-use");
                LogDouble(region, use.Report.VerificationId, other.OtherRegion, other.OtherId);
            }
            else if (taken.Contains(use))
            {
                // The other record is still on its way into the database.
                alarms.Alarm("double-use");
                LogDoubleOfSomebody(region, use.Report.VerificationId);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region} has reported {Count} uses that are refused for what they say: {Reason}.")]
    private partial void LogRefused(RegionCode region, int count, string reason);

    [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM: region {Region} has reported {Count} verifications by another region's verifiers. They are not taken: ask its operator.")]
    private partial void LogForeign(RegionCode region, int count);

    [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM: region {Region} has reported {Count} verifications of codes that were never issued here; the first is of list {List}, index {Index}, verification {VerificationId}. Either a code key of this region is in other hands, or that region reports what was not: they are kept apart (reported_uses, fault 1), and no holder sees them.")]
    private partial void LogNotIssued(RegionCode region, int count, int list, int index, string verificationId);

    [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM: region {Region} has reported {Count} verifications as valid from before or after their codes' life; the first is {VerificationId}. Its clock is wrong, or it reports what was not: they are kept apart (reported_uses, fault 2), and no holder sees them.")]
    private partial void LogImpossible(RegionCode region, int count, string verificationId);

    [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM: a showing that may be used once everywhere was used twice: in region {Region} while this one could not be asked (verification {VerificationId}), and in region {OtherRegion} (verification {OtherId}). Ask both organisations what they did on it.")]
    private partial void LogDouble(RegionCode region, string verificationId, long otherRegion, string otherId);

    [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM: a showing that may be used once everywhere was used in region {Region} while this one could not be asked (verification {VerificationId}), and by somebody else whose record is still on its way.")]
    private partial void LogDoubleOfSomebody(RegionCode region, string verificationId);
}
