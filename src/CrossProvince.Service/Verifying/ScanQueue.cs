namespace CrossProvince.Service.Verifying;

/// <summary>Scans that wait. Callers take turns, and so do the calls of one caller: nobody waits behind another's batch.</summary>
/// <param name="longest">How many scans may wait; of one caller half as many, so that none can take the place of all.</param>
/// <remarks>Not safe for concurrent calls.</remarks>
internal sealed class ScanQueue(int longest)
{
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private readonly Queue<Line> _turns = new();

    /// <summary>How many scans wait.</summary>
    public int Length { get; private set; }

    /// <summary>Has all scans of a call wait, or none.</summary>
    /// <returns>Whether there was room.</returns>
    public bool TryAdd(ScanCall call)
    {
        var line = _lines.GetValueOrDefault(call.Caller.Uri);
        if (Length + call.Waiting > longest || (line?.Length ?? 0) + call.Waiting > longest / 2)
        {
            return false;
        }

        if (line is null)
        {
            line = new Line(call.Caller.Uri);
            _lines.Add(line.Caller, line);
            _turns.Enqueue(line);
        }

        line.Calls.Enqueue(call);
        Count(line, call.Waiting);
        return true;
    }

    /// <summary>Begins the next scans: one of each caller, from one of its calls, and then again.</summary>
    /// <param name="group">Receives them.</param>
    /// <param name="most">How many it may then hold.</param>
    public void Take(List<Scan> group, int most)
    {
        while (group.Count < most && _turns.TryDequeue(out var line))
        {
            if (line.NextCall() is { } call)
            {
                group.Add(call.Begin());
                Count(line, -1);
                if (call.Waiting > 0)
                {
                    line.Calls.Enqueue(call);
                }
            }

            if (line.Length > 0)
            {
                _turns.Enqueue(line);
            }
            else
            {
                _lines.Remove(line.Caller);
            }
        }
    }

    /// <summary>Gives up what has not been begun of a call.</summary>
    /// <returns>How many scans that were.</returns>
    public int GiveUp(ScanCall call)
    {
        var given = call.GiveUp();
        if (given > 0)
        {
            // What is left of the call is passed over when its turn comes.
            Count(_lines[call.Caller.Uri], -given);
        }

        return given;
    }

    private void Count(Line line, int scans)
    {
        line.Length += scans;
        Length += scans;
    }

    /// <summary>The calls of one caller.</summary>
    private sealed class Line(string caller)
    {
        public string Caller => caller;

        public Queue<ScanCall> Calls { get; } = new();

        public int Length { get; set; }

        public ScanCall? NextCall()
        {
            while (Calls.TryDequeue(out var call))
            {
                if (call.Waiting > 0)
                {
                    return call;
                }
            }

            return null;
        }
    }
}
