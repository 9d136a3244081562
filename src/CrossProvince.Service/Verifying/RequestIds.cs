using System.Runtime.InteropServices;

namespace CrossProvince.Service.Verifying;

/// <summary>Requests with an id that are under way: the same one twice at once is one verification.</summary>
internal sealed class RequestIds
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Caller, string RequestId), Scan> _underWay = [];

    /// <summary>Has scans wait whose caller and request id are under way, here or in another group.</summary>
    /// <returns>Those that go on, in order; each must come to <see cref="End"/>.</returns>
    public List<Scan> Begin(IReadOnlyList<Scan> group)
    {
        var kept = new List<Scan>(group.Count);
        foreach (var scan in group)
        {
            if (scan.Fault is null && !IsUnderWay(scan))
            {
                kept.Add(scan);
            }
        }

        return kept;
    }

    /// <summary>Tells those that wait how it ended.</summary>
    /// <param name="scans">What <see cref="Begin"/> returned.</param>
    /// <param name="failure">Why there is no answer; null when there is, and it can be found in the records.</param>
    public void End(IReadOnlyList<Scan> scans, Exception? failure)
    {
        foreach (var scan in scans)
        {
            if (scan.Request.RequestId.Length == 0)
            {
                continue;
            }

            lock (_lock)
            {
                _underWay.Remove(KeyOf(scan));
            }

            foreach (var follower in scan.Followers ?? [])
            {
                if (failure is null)
                {
                    follower.Repeat(scan.ToRecorded());
                }

                follower.End(failure);
            }
        }
    }

    private bool IsUnderWay(Scan scan)
    {
        if (scan.Request.RequestId.Length == 0)
        {
            return false;
        }

        lock (_lock)
        {
            ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(_underWay, KeyOf(scan), out var exists);
            if (exists)
            {
                scan.Follow(first!);
            }
            else
            {
                first = scan;
            }

            return exists;
        }
    }

    private static (string, string) KeyOf(Scan scan) => (scan.Caller.Uri, scan.Request.RequestId);
}
