using System.Diagnostics.Metrics;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Telemetry;
using CrossProvince.Service.Verifying;

namespace CrossProvince.Service.Operations;

/// <summary>What this node has answered in the last hour, by ten seconds: heard from its own meters.</summary>
/// <remarks>Safe for concurrent calls. Nothing is allocated once a slot has begun.</remarks>
internal sealed class LiveFigures : IDisposable
{
    /// <summary>Length of a slot.</summary>
    public const int SlotSeconds = 10;

    private const int Slots = 3_600 / SlotSeconds;

    private const string Verify = "/Verify";

    private readonly Slot[] _slots = new Slot[Slots];
    private readonly TimeProvider _time;
    private readonly MeterListener _listener;

    /// <summary>Begins to listen.</summary>
    /// <param name="verifying">Counts verdicts.</param>
    /// <param name="rpcs">Times calls.</param>
    /// <param name="time">The system's time.</param>
    public LiveFigures(VerifyingMetrics verifying, RpcMetrics rpcs, TimeProvider time)
    {
        _time = time;
        for (var i = 0; i < Slots; i++)
        {
            _slots[i] = new Slot(0);
        }

        StartedAt = Now;
        _listener = new MeterListener
        {
            // Those of this node, should there be several in one process.
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument == verifying.Verdicts || instrument == rpcs.Durations)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        _listener.SetMeasurementEventCallback<long>(Counted);
        _listener.SetMeasurementEventCallback<double>(Took);
        _listener.Start();
    }

    /// <summary>When it began, Unix seconds.</summary>
    public long StartedAt { get; }

    private long Now => _time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>The slots of the last hour, in order, since it began.</summary>
    public IReadOnlyList<SlotFigures> Read()
    {
        var last = Now / SlotSeconds;
        var first = Math.Max(last - Slots + 1, StartedAt / SlotSeconds);
        var figures = new List<SlotFigures>();
        for (var number = first; number <= last; number++)
        {
            var slot = Volatile.Read(ref _slots[number % Slots]);
            figures.Add(slot.Number == number ? slot.Read() : new SlotFigures(number * SlotSeconds, 0, 0, 0, 0, 0, 0));
        }

        return figures;
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Counted(Instrument instrument, long count, ReadOnlySpan<KeyValuePair<string, object?>> labels, object? state)
    {
        foreach (var label in labels)
        {
            if (label.Key == VerifyingMetrics.VerdictLabel)
            {
                Current().Count(label.Value as string, (int)count);
            }
        }
    }

    private void Took(Instrument instrument, double seconds, ReadOnlySpan<KeyValuePair<string, object?>> labels, object? state)
    {
        foreach (var label in labels)
        {
            if (label.Key == RpcMetrics.RpcLabel && label.Value is string rpc && rpc.EndsWith(Verify, StringComparison.Ordinal))
            {
                Current().Took(seconds);
            }
        }
    }

    private Slot Current()
    {
        var number = Now / SlotSeconds;
        ref var place = ref _slots[number % Slots];
        var slot = Volatile.Read(ref place);
        if (slot.Number == number)
        {
            return slot;
        }

        // Who is second takes what the first put there.
        var next = new Slot(number);
        var found = Interlocked.CompareExchange(ref place, next, slot);
        return found == slot ? next : found;
    }

    private sealed class Slot(long number)
    {
        private readonly int[] _latencies = new int[LatencyScale.Steps];
        private int _valid;
        private int _refused;
        private int _undetermined;

        public long Number => number;

        public void Count(string? verdict, int count) => Interlocked.Add(
            ref verdict == nameof(Verdict.Valid) ? ref _valid : ref verdict == nameof(Verdict.Undetermined) ? ref _undetermined : ref _refused, count);

        public void Took(double seconds) => Interlocked.Increment(ref _latencies[LatencyScale.StepOf(seconds)]);

        public SlotFigures Read() => new(
            number * SlotSeconds, Volatile.Read(ref _valid), Volatile.Read(ref _refused), Volatile.Read(ref _undetermined),
            LatencyScale.Percentile(_latencies, 50), LatencyScale.Percentile(_latencies, 95), LatencyScale.Percentile(_latencies, 99));
    }
}

/// <summary>What a node answered in one slot.</summary>
/// <param name="Start">Unix seconds.</param>
/// <param name="Valid">Verdicts VALID.</param>
/// <param name="Refused">Any other verdict but UNDETERMINED.</param>
/// <param name="Undetermined">Verdicts UNDETERMINED.</param>
/// <param name="P50">Median time of Verify, microseconds; 0 when nobody called.</param>
/// <param name="P95">What 95 in a hundred did not exceed.</param>
/// <param name="P99">What 99 in a hundred did not exceed.</param>
internal sealed record SlotFigures(long Start, int Valid, int Refused, int Undetermined, int P50, int P95, int P99);
