namespace CrossProvince.Faults.Tests.History;

/// <summary>What can be away.</summary>
internal enum Part
{
    FirstNode,
    SecondNode,
    Partner,
    Postgres,
    Redis,

    /// <summary>All of them at once: the machine does not wake what should run.</summary>
    Machine,

    /// <summary>Far more wants to run than there are processors: fetching hundreds of chunks takes seconds.</summary>
    Processors,
}

/// <summary>Since when, and until when, which part was away. Unix milliseconds. Safe for concurrent calls.</summary>
internal sealed class Outages
{
    private readonly Lock _lock = new();
    private readonly List<Outage> _all = [];

    /// <summary>A part goes away.</summary>
    public Outage Begin(Part part, string what)
    {
        var outage = new Outage(part, what, Now());
        lock (_lock)
        {
            _all.Add(outage);
        }

        return outage;
    }

    /// <summary>A part was away, and is back now.</summary>
    public void Add(Part part, string what, long from)
    {
        var outage = new Outage(part, what, from);
        outage.End();
        lock (_lock)
        {
            _all.Add(outage);
        }
    }

    /// <summary>All that have been, in order.</summary>
    public IReadOnlyList<Outage> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _all];
            }
        }
    }

    /// <summary>Whether a part was away, or had been until shortly before, at some moment of a time.</summary>
    /// <param name="part">The part.</param>
    /// <param name="from">Unix milliseconds.</param>
    /// <param name="until">Unix milliseconds.</param>
    /// <param name="recovery">How long after its return its absence is still felt, milliseconds.</param>
    public bool WasAway(Part part, long from, long until, long recovery)
    {
        lock (_lock)
        {
            return _all.Exists(outage => outage.Part == part && outage.From <= until && (outage.Until ?? long.MaxValue - recovery) + recovery >= from);
        }
    }

    internal static long Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    /// <summary>One absence.</summary>
    internal sealed class Outage(Part part, string what, long from)
    {
        private long _until;

        public Part Part => part;

        /// <summary>What was done to it.</summary>
        public string What => what;

        public long From => from;

        /// <summary>Null while it lasts.</summary>
        public long? Until => Interlocked.Read(ref _until) is > 0 and var until ? until : null;

        /// <summary>It is back.</summary>
        public void End() => Interlocked.Exchange(ref _until, Now());
    }
}
