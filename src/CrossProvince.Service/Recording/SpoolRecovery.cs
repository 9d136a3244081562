using CrossProvince.Service.Hosting;

namespace CrossProvince.Service.Recording;

/// <summary>Reads the segments that an earlier life of the node left: what is whole counts, what was cut short is cut off, what is damaged is set aside.</summary>
internal sealed class SpoolRecovery(SpoolFolder folder, SpoolDamage damage, ILogger logger)
{
    private readonly SegmentReader _reader = new();

    /// <summary>Number of the first record that may not be in the database yet.</summary>
    public long Next { get; private set; }

    /// <summary>Number of the last record that was ever written.</summary>
    public long Last { get; private set; }

    /// <summary>Reads everything.</summary>
    /// <param name="forgetBefore">Requests older than this, Unix milliseconds, need not be found.</param>
    /// <exception cref="ConfigurationException">A newer program wrote there, or the files cannot be read.</exception>
    public void Run(long forgetBefore)
    {
        // Files go only once they are drained: what lies before the first is in the database, whatever the cursor says.
        var segments = folder.Segments;
        Next = Math.Max(segments.Count > 0 ? segments[0].First : 1, folder.ReadCursor());
        Last = Next - 1;
        try
        {
            for (var i = 0; i < segments.Count; i++)
            {
                Miss(segments[i].First);
                Read(segments[i], i + 1 < segments.Count ? segments[i + 1].First : null, forgetBefore);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException("Recording:Directory", $"names a spool that cannot be read: {e.Message}");
        }

        foreach (var drained in segments.Where(segment => segment.Length == 0 || segment.Last < Next))
        {
            folder.Delete(drained);
        }

        if (Last >= Next)
        {
            logger.LogLeft(Last - Next + 1);
        }
    }

    /// <param name="segment">What to read.</param>
    /// <param name="following">Number with which the next segment begins; null for the last segment.</param>
    /// <param name="forgetBefore">As above.</param>
    private void Read(SpoolSegment segment, long? following, long forgetBefore)
    {
        var length = RandomAccess.GetLength(segment.File);
        _reader.Open(segment, 0, length);
        while (_reader.Read() is var found and not Reading.End)
        {
            // A file that was given up may hold more than what was confirmed: the next one has that again.
            if (following is { } next && (found == Reading.Record ? SpoolFrame.Sequence(_reader.Frame) >= next : Last + 1 >= next))
            {
                RandomAccess.SetLength(segment.File, _reader.Offset);
                return;
            }

            switch (found)
            {
                case Reading.Record:
                    Take(segment, forgetBefore);
                    break;
                case Reading.Cut when following is null:
                    RandomAccess.SetLength(segment.File, _reader.Offset);
                    logger.LogCutOff(_reader.Length, Path.GetFileName(segment.Path));
                    return;
                default:
                    damage.Report(segment, _reader);
                    segment.Grow(_reader.Length, segment.Last);
                    break;
            }
        }
    }

    private void Take(SpoolSegment segment, long forgetBefore)
    {
        var number = SpoolFrame.Sequence(_reader.Frame);
        Miss(number);
        Last = Math.Max(Last, number);
        if (number >= Next)
        {
            var record = ReadRecord();
            if (record.RequestId is { } request && record.Time >= forgetBefore)
            {
                segment.Remember(RecordGroup.Key(record.Caller, request), (int)_reader.Offset, record.Time);
            }
        }

        segment.Grow(_reader.Length, number);
    }

    private Verifying.VerificationRecord ReadRecord()
    {
        try
        {
            return RecordFormat.Read(SpoolFrame.Body(_reader.Frame));
        }
        catch (FormatException)
        {
            throw new ConfigurationException("Recording:Directory", "names a spool into which a newer program wrote. Let that program drain it first.");
        }
    }

    /// <summary>Tells of numbers that are nowhere, unless they are in the database already.</summary>
    private void Miss(long number)
    {
        if (number > Last + 1)
        {
            damage.Missing(Last + 1, number - 1);
            Last = number - 1;
        }
    }
}
