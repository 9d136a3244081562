using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Service.Verifying;

/// <summary>
/// Step 11 of a group (docs/payload.md, "Single use"): requests that come again, issued and not withdrawn, single use. Each question is asked once for the whole group,
/// and not at all where no scan needs it.
/// </summary>
internal sealed class Settlement(RecordedAnswers recorded, IssuedCodes issued, Disclosure disclosure, UsedShowings used, NodeSettings node)
{
    /// <summary>Brings every scan to its final verdict; what it uses is then used, durably.</summary>
    public async Task SettleAsync(IReadOnlyList<Scan> scans)
    {
        var own = Select(scans, scan => scan.Verdict == Verdict.Valid && IsOwn(scan));
        await Task.WhenAll(recorded.RepeatAsync(scans), issued.CheckAsync(own), disclosure.GrantAsync(scans));

        await CheckUseAsync(Select(scans, scan => IsGoingOn(scan) && scan.Core.UseRequired));
        foreach (var scan in own)
        {
            if (IsGoingOn(scan))
            {
                scan.Take(scan.Issue);
            }
        }

        foreach (var scan in scans)
        {
            if (IsGoingOn(scan))
            {
                scan.Disclose();
            }
        }
    }

    /// <summary>The showing is not used by another. Only a code that was issued and not withdrawn uses it.</summary>
    private async Task CheckUseAsync(List<Scan> scans)
    {
        foreach (var scan in scans)
        {
            if (!MayDecideHere(scan))
            {
                scan.Take(UseState.Unknown);
            }
        }

        await TakeStatesAsync(Select(scans, scan => IsGoingOn(scan) && scan.Issue == IssueState.Issued), used.ClaimAsync);
        await TakeStatesAsync(Select(scans, scan => IsGoingOn(scan) && scan.Issue != IssueState.Issued), used.LookAsync);
    }

    private async Task TakeStatesAsync(List<Scan> scans, Func<IReadOnlyList<ShowingUse>, Task<UseState[]>> ask)
    {
        if (scans.Count == 0)
        {
            return;
        }

        var states = await ask(scans.ConvertAll(scan => ShowingUse.Of(scan, node.Region)));
        for (var i = 0; i < states.Length; i++)
        {
            scans[i].Take(states[i]);
        }
    }

    private static bool IsGoingOn(Scan scan) => scan.Verdict == Verdict.Valid && !scan.IsRecorded;

    private bool IsOwn(Scan scan) => scan.Core.Code.Claims.Region == node.Region;

    /// <summary>Once everywhere means: at the issuer. Who comes here with another region's code is not asked for there (<see cref="IssuerSettlement"/>), and the scenario says whether this region's own memory is enough.</summary>
    private bool MayDecideHere(Scan scan) => IsOwn(scan) || scan.Core.Scenario is not { Use: UseRule.OnceEverywhere, OfflineUse: OfflineUseRule.None };

    private static List<Scan> Select(IReadOnlyList<Scan> scans, Func<Scan, bool> wanted)
    {
        var selected = new List<Scan>();
        foreach (var scan in scans)
        {
            if (wanted(scan))
            {
                selected.Add(scan);
            }
        }

        return selected;
    }
}
