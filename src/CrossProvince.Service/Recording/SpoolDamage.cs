namespace CrossProvince.Service.Recording;

/// <summary>Tells of bytes that are no records any more, and keeps a copy of them: nothing is passed over in silence.</summary>
internal sealed class SpoolDamage(SpoolFolder folder, RecordingMetrics metrics, ILogger logger)
{
    /// <summary>Bytes upon which a reader came; each place is told once.</summary>
    /// <returns>Whether they were not known before.</returns>
    public bool Report(SpoolSegment segment, SegmentReader reader)
    {
        if (!segment.Damaged.Add(reader.Offset))
        {
            return false;
        }

        metrics.Damaged();
        var name = Path.GetFileName(segment.Path);
        try
        {
            var copy = folder.SetAside(segment, reader.Offset, reader.Frame);
            logger.LogDamaged(reader.Length, reader.Offset, name, copy);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogDamagedNotKept(e, reader.Length, reader.Offset, name);
        }

        return true;
    }

    /// <summary>Records that must have been there.</summary>
    /// <param name="first">Number of the first.</param>
    /// <param name="last">Number of the last.</param>
    public void Missing(long first, long last)
    {
        metrics.Missing(last - first + 1);
        logger.LogMissing(last - first + 1);
    }
}
