using CrossProvince.Contracts.Licences.V1;

namespace CrossProvince.Faults.Tests.History;

/// <summary>What the authority asked of one licence, and what it was answered: one change after the other. Safe for concurrent calls.</summary>
/// <param name="licenceId">The licence.</param>
/// <param name="registered">When its import was answered, Unix milliseconds.</param>
internal sealed class LicenceLife(string licenceId, long registered)
{
    private readonly Lock _lock = new();
    private readonly List<Step> _steps = [new Step(LicenceStatus.Valid, registered) { Acknowledged = registered }];

    public string LicenceId => licenceId;

    /// <summary>When its import was answered, Unix milliseconds.</summary>
    public long Registered => registered;

    /// <summary>The status that was asked for last, whether it was answered or not.</summary>
    public LicenceStatus Newest
    {
        get
        {
            lock (_lock)
            {
                return _steps[^1].Status;
            }
        }
    }

    /// <summary>Changes that were answered, in order.</summary>
    public IReadOnlyList<(LicenceStatus Status, long Seq)> Acknowledged
    {
        get
        {
            lock (_lock)
            {
                return [.. _steps.Where(step => step.Seq > 0).Select(step => (step.Status, step.Seq))];
            }
        }
    }

    /// <summary>A change is asked for; from now on it may be in force.</summary>
    public void Ask(LicenceStatus status, long now)
    {
        lock (_lock)
        {
            // Asked again for want of an answer: still the same change.
            if (_steps[^1] is not { Acknowledged: null } open || open.Status != status)
            {
                _steps.Add(new Step(status, now));
            }
        }
    }

    /// <summary>The change asked for last is answered.</summary>
    public void Acknowledge(long seq, long now)
    {
        lock (_lock)
        {
            _steps[^1].Seq = seq;
            _steps[^1].Acknowledged = now;
        }
    }

    /// <summary>Whether the change asked for last was answered.</summary>
    public bool IsSettled
    {
        get
        {
            lock (_lock)
            {
                return _steps[^1].Acknowledged is not null;
            }
        }
    }

    /// <summary>Whether the licence can have stood so at some moment of a time, Unix milliseconds: asked for before its end, and not known to be over before its beginning.</summary>
    public bool CanHaveBeen(LicenceStatus status, long from, long until)
    {
        lock (_lock)
        {
            for (var i = 0; i < _steps.Count; i++)
            {
                var isOver = i + 1 < _steps.Count && _steps[i + 1].Acknowledged is { } next && next < from;
                if (_steps[i].Status == status && _steps[i].Asked <= until && !isOver)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>When the last change away from a status was answered before a moment; null when none was.</summary>
    public long? LeftBefore(LicenceStatus status, long moment)
    {
        lock (_lock)
        {
            for (var i = _steps.Count - 1; i > 0; i--)
            {
                if (_steps[i].Acknowledged is { } left && left <= moment && _steps[i - 1].Status == status && _steps[i].Status != status)
                {
                    return left;
                }
            }

            return null;
        }
    }

    /// <summary>All changes with their times.</summary>
    public string Describe()
    {
        lock (_lock)
        {
            return string.Join(", ", _steps.TakeLast(4).Select(step => $"{step.Status} asked {step.Asked} answered {step.Acknowledged} (change {step.Seq})"));
        }
    }

    private sealed class Step(LicenceStatus status, long asked)
    {
        public LicenceStatus Status => status;

        public long Asked => asked;

        public long? Acknowledged { get; set; }

        public long Seq { get; set; }
    }
}
