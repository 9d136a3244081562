using System.Diagnostics;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Service.Identity;

namespace CrossProvince.Service.Verifying;

/// <summary>The scans of one call, from waiting to the last answer.</summary>
/// <remarks>Its scans may be begun in several groups. Which have been begun is guarded by the lock of <see cref="Gathering"/>; they may end on any thread.</remarks>
/// <param name="caller">Who asks.</param>
/// <param name="most">How many scans it may come to have.</param>
/// <param name="demand">What it wants of them.</param>
internal sealed class ScanCall(Caller caller, int most, ScanDemand demand = ScanDemand.Verify)
{
    private readonly List<Scan> _scans = new(most);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _failure;
    private int _begun;
    private int _open;

    public Caller Caller => caller;

    public ScanDemand Demand => demand;

    /// <summary>Where it waits.</summary>
    public Gathering? Gathering { get; set; }

    /// <summary>All scans, in the order of the call.</summary>
    public List<Scan> Scans => _scans;

    /// <summary>The span that the call is traced under.</summary>
    public ActivityContext Trace { get; } = Activity.Current?.Context ?? default;

    /// <summary>When it began to wait, as <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long Arrived { get; } = Stopwatch.GetTimestamp();

    /// <summary>How many of its scans have neither been begun nor given up.</summary>
    public int Waiting => _scans.Count - _begun;

    /// <summary>Ends with the last scan that was begun; throws what kept one from its answer.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Adds a scan; before the call waits.</summary>
    public void Add(int position, VerifyRequest request)
    {
        _scans.Add(new Scan(this, position, request));
        _open++;
    }

    /// <summary>The next scan, begun.</summary>
    public Scan Begin() => _scans[_begun++];

    /// <summary>Gives up the scans that have not been begun; they are still to be ended.</summary>
    /// <returns>How many.</returns>
    public int GiveUp()
    {
        var waiting = Waiting;
        _begun = _scans.Count;
        return waiting;
    }

    /// <summary>So many scans have ended.</summary>
    /// <param name="count">How many; may be 0.</param>
    /// <param name="failure">Why they have no answer; null when they have one.</param>
    public void End(int count, Exception? failure)
    {
        if (count == 0)
        {
            return;
        }

        if (failure is not null)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
        }

        if (Interlocked.Add(ref _open, -count) > 0)
        {
            return;
        }

        if (_failure is null)
        {
            _ended.SetResult();
        }
        else
        {
            _ended.SetException(_failure);
        }
    }
}
