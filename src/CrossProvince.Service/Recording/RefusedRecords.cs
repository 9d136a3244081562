using CrossProvince.Service.Verifying;
using Microsoft.Win32.SafeHandles;

namespace CrossProvince.Service.Recording;

/// <summary>Records that the database refuses for what they hold: a file of their own, whose records the next start tries again.</summary>
/// <remarks>What is tried again stands in a second file meanwhile, so that what is refused anew is not forgotten with it.</remarks>
internal sealed class RefusedRecords(SpoolFolder folder, SpoolDisk disk, RecordingMetrics metrics, ILogger logger)
{
    private const string FileName = "refused";
    private const string TriedName = "refused-tried";

    private string File => folder.InFolder(FileName);

    private string Tried => folder.InFolder(TriedName);

    /// <summary>Keeps a record durably.</summary>
    /// <exception cref="IOException">It could not be kept.</exception>
    public void Keep(VerificationRecord record, string code)
    {
        var frame = new RecordGroup();
        frame.Add(record);
        frame.Seal(1);
        using (var file = System.IO.File.Exists(File) ? Open(File) : disk.Create(File))
        {
            disk.Write(file, frame.Bytes, RandomAccess.GetLength(file));
            disk.Flush(file);
        }

        metrics.Refused();
        logger.LogRefused(record.VerificationId, code, FileName);
    }

    /// <summary>What was kept apart by earlier runs, and is to be tried now; it stays until <see cref="Forget"/>.</summary>
    public IReadOnlyList<VerificationRecord> Take()
    {
        if (!System.IO.File.Exists(Tried))
        {
            if (!System.IO.File.Exists(File))
            {
                return [];
            }

            System.IO.File.Move(File, Tried);
        }

        using var segment = new SpoolSegment(Tried, 1, Open(Tried));
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

    /// <summary>Forgets what was taken: it is in the spool again.</summary>
    public void Forget() => System.IO.File.Delete(Tried);

    private static SafeFileHandle Open(string file) => SpoolDisk.Open(file, FileMode.Open, FileShare.Read).SafeFileHandle;
}
