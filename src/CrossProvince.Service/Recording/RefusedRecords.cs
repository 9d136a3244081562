using CrossProvince.Service.Verifying;
using Microsoft.Win32.SafeHandles;

namespace CrossProvince.Service.Recording;

/// <summary>Records that the database refuses for what they hold: a file of their own, whose records the next start tries again.</summary>
internal sealed class RefusedRecords(SpoolFolder folder, SpoolDisk disk, RecordingMetrics metrics, ILogger logger)
{
    private const string FileName = "refused";

    private string File => folder.InFolder(FileName);

    /// <summary>Keeps a record durably.</summary>
    /// <exception cref="IOException">It could not be kept.</exception>
    public void Keep(VerificationRecord record, string code)
    {
        var frame = new RecordGroup();
        frame.Add(record);
        frame.Seal(1);
        using (var file = System.IO.File.Exists(File) ? OpenFile() : disk.Create(File))
        {
            disk.Write(file, frame.Bytes, RandomAccess.GetLength(file));
            disk.Flush(file);
        }

        metrics.Refused();
        logger.LogRefused(record.VerificationId, code, FileName);
    }

    /// <summary>What was kept apart by an earlier run.</summary>
    public IReadOnlyList<VerificationRecord> Read()
    {
        if (!System.IO.File.Exists(File))
        {
            return [];
        }

        using var segment = new SpoolSegment(File, 1, OpenFile());
        var reader = new SegmentReader();
        reader.Open(segment, 0, RandomAccess.GetLength(segment.File));
        var records = new List<VerificationRecord>();
        while (reader.Read() is var found and not Reading.End)
        {
            if (found == Reading.Record)
            {
                records.Add(RecordFormat.Read(SpoolFrame.Body(reader.Frame)));
            }
        }

        return records;
    }

    /// <summary>Forgets them: they are in the spool again.</summary>
    public void Clear() => System.IO.File.Delete(File);

    private SafeFileHandle OpenFile() => SpoolDisk.Open(File, FileMode.Open, FileShare.Read).SafeFileHandle;
}
