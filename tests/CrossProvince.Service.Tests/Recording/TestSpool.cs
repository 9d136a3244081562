using System.Diagnostics.Metrics;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Verifying;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Service.Tests.Recording;

/// <summary>The files of a spool without a database: what is appended is there in the end.</summary>
internal sealed class TestSpool : IDisposable
{
    private readonly ServiceProvider _meters = new ServiceCollection().AddMetrics().BuildServiceProvider();

    internal TestSpool(string folder, RecordingOptions? options = null, SpoolDisk? disk = null)
    {
        Options = options ?? new RecordingOptions();
        Disk = disk ?? new SpoolDisk();
        Metrics = new RecordingMetrics(_meters.GetRequiredService<IMeterFactory>());
        Folder = new SpoolFolder(folder, Disk);
        Folder.Open();
        Damage = new SpoolDamage(Folder, Metrics, Log);
        Recovery = new SpoolRecovery(Folder, Damage, Log);
        Recovery.Run(forgetBefore: 0);
        Writer = new SpoolWriter(Folder, Recovery.Last, Disk, Options, Metrics, Log);
    }

    internal RecordingOptions Options { get; }

    internal SpoolDisk Disk { get; }

    internal SpoolFolder Folder { get; }

    internal SpoolDamage Damage { get; }

    internal SpoolRecovery Recovery { get; }

    internal SpoolWriter Writer { get; }

    internal RecordingMetrics Metrics { get; }

    internal CapturedLog Log { get; } = new();

    /// <summary>Everything that can be read, in order.</summary>
    internal List<VerificationRecord> Read()
    {
        var records = new List<VerificationRecord>();
        var reader = new SegmentReader();
        foreach (var segment in Folder.Segments)
        {
            reader.Open(segment, 0, segment.Length);
            while (reader.Read() is var found and not Reading.End)
            {
                if (found == Reading.Record)
                {
                    records.Add(RecordFormat.Read(SpoolFrame.Body(reader.Frame)));
                }
            }
        }

        return records;
    }

    internal IEnumerable<string> Ids() => Read().Select(r => r.VerificationId);

    /// <summary>What the counter of losses stands at.</summary>
    internal long Lost(string kind) => Lost(Metrics, kind);

    internal static long Lost(RecordingMetrics metrics, string kind)
    {
        var count = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter, metrics.Source) && instrument.Name == "crossprovince.spool.lost")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, labels, _) => count += labels[0].Value as string == kind ? value : 0);
        listener.Start();
        listener.RecordObservableInstruments();
        return count;
    }

    public void Dispose()
    {
        Writer.Dispose();
        Folder.Dispose();
        _meters.Dispose();
    }
}

/// <summary>What the spool has logged.</summary>
internal sealed class CapturedLog : CapturedLog<VerificationSpool>;
