namespace CrossProvince.Faults.Tests.Load;

/// <summary>How much of a load is done. Faults strike by it, never by the clock, so that a seed means the same run however fast the machine is. Safe for concurrent calls.</summary>
/// <param name="changes">Changes of status to be answered.</param>
/// <param name="verifications">Verifications to be decided; UNDETERMINED is answered, but not counted.</param>
internal sealed class Progress(int changes, int verifications)
{
    /// <summary>One kind of work may be ahead of the other by this share of the whole.</summary>
    private const double Lead = 0.02;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(2);

    private int _changed;
    private int _verified;
    private volatile bool _isStopped;
    private volatile bool _isLastFaultOver;

    public int Changed => _changed;

    public int Verified => _verified;

    /// <summary>From 0 to 1, and beyond where faults take longer than the work.</summary>
    public double Share => (ChangedShare + VerifiedShare) / 2;

    /// <summary>Whether all work is done, and nothing is to happen any more.</summary>
    public bool IsDone => _isStopped || (_isLastFaultOver && ChangedShare >= 1 && VerifiedShare >= 1);

    private double ChangedShare => (double)_changed / changes;

    private double VerifiedShare => (double)_verified / verifications;

    public void CountChanges(int count) => Interlocked.Add(ref _changed, count);

    public void CountVerifications(int count) => Interlocked.Add(ref _verified, count);

    /// <summary>Ends the load.</summary>
    public void Stop() => _isStopped = true;

    /// <summary>The load need not go on for the sake of faults.</summary>
    public void EndFaults() => _isLastFaultOver = true;

    /// <summary>Who changes slows down when counters are behind.</summary>
    public Task BeforeChangeAsync() => ChangedShare > VerifiedShare + Lead ? Task.Delay(s_pause) : Task.CompletedTask;

    /// <summary>Counters slow down, but never stop, when the authority is behind: as when its database is away.</summary>
    public Task BeforeVerificationAsync() => VerifiedShare > ChangedShare + Lead ? Task.Delay(s_pause) : Task.CompletedTask;

    /// <summary>Waits until so much is done.</summary>
    public async Task ReachAsync(double share)
    {
        while (Share < share && !IsDone)
        {
            await Task.Delay(s_poll);
        }
    }
}
