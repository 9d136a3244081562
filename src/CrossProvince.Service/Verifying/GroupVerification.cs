using CrossProvince.Service.Recording;

namespace CrossProvince.Service.Verifying;

/// <summary>The way of one group: steps 1 to 10, step 11, the record. Nothing is answered that has not been recorded.</summary>
internal sealed class GroupVerification(ScanJudge judge, RequestIds requestIds, IssuerSettlement issuers, Settlement settlement, IVerificationRecorder recorder, VerifyingMetrics metrics)
{
    /// <summary>Verifies scans of any callers together.</summary>
    /// <param name="group">At least one scan; of two that use the same showing, or come with the same request id, the first is first.</param>
    /// <exception cref="Exception">Nothing of the group may be answered: it could not be recorded.</exception>
    public async Task VerifyAsync(IReadOnlyList<Scan> group)
    {
        using (metrics.Begin("judge", group))
        {
            judge.Judge(group);
        }

        using var recording = metrics.Begin("record", group);
        var scans = requestIds.Begin(group);
        issuers.Take(scans);
        try
        {
            await settlement.SettleAsync(scans);
            await RecordAsync(scans);
        }
        catch (Exception e)
        {
            requestIds.End(scans, e);
            throw;
        }

        requestIds.End(scans, null);
    }

    private Task RecordAsync(List<Scan> scans)
    {
        var records = new List<VerificationRecord>(scans.Count);
        foreach (var scan in scans)
        {
            if (!scan.IsRecorded)
            {
                records.Add(ScanRecord.Of(scan));
            }
        }

        return records.Count == 0 ? Task.CompletedTask : recorder.AppendAsync(records, CancellationToken.None);
    }
}
