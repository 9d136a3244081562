namespace CrossProvince.Service.Recording;

/// <summary>What the spool says (docs/operations.md, "What log messages ask for").</summary>
internal static partial class SpoolLog
{
    [LoggerMessage(Level = LogLevel.Critical, Message = "The spool of records cannot be written. {Consequence} Look at the disk of Recording:Directory.")]
    public static partial void LogUnwritable(this ILogger logger, Exception exception, string consequence);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The spool of records has reached Recording:MaxBytes ({MaxBytes} bytes) because the database does not take them. {Consequence}")]
    public static partial void LogFull(this ILogger logger, long maxBytes, string consequence);

    [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM: {Bytes} bytes at {Offset} of {File} in the spool are damaged. They are kept as {Copy}; the records in them are not in the database.")]
    public static partial void LogDamaged(this ILogger logger, int bytes, long offset, string file, string copy);

    [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM: {Bytes} bytes at {Offset} of {File} in the spool are damaged, and no copy of them could be kept.")]
    public static partial void LogDamagedNotKept(this ILogger logger, Exception exception, int bytes, long offset, string file);

    [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM: {Count} records are missing in the spool.")]
    public static partial void LogMissing(this ILogger logger, long count);

    [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM: the database refuses the record of verification {VerificationId} ({Code}). It is kept in {File}, which the next start tries again.")]
    public static partial void LogRefused(this ILogger logger, string verificationId, string code, string file);

    [LoggerMessage(Level = LogLevel.Error, Message = "A file of the spool could not be written and is used no more; its records go into another.")]
    public static partial void LogFileGivenUp(this ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A file of the spool could not be cut to what was confirmed; the rest counts for nothing.")]
    public static partial void LogNotCut(this ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Bytes} bytes at the end of {File} in the spool were cut off: a record that was being written when the node or its machine stopped, and that was never acknowledged.")]
    public static partial void LogCutOff(this ILogger logger, int bytes, string file);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Records of verifications wait in the spool: the database does not take them. It is tried again.")]
    public static partial void LogWaiting(this ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A file of the spool whose records are in the database could not be deleted, or how far it is drained not be written down.")]
    public static partial void LogNotDeleted(this ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "The database takes records of verifications again.")]
    public static partial void LogTaken(this ILogger logger);

    [LoggerMessage(Level = LogLevel.Information, Message = "The spool of records can be written again.")]
    public static partial void LogWritable(this ILogger logger);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} records of an earlier run are in the spool and will be written to the database.")]
    public static partial void LogLeft(this ILogger logger, long count);
}
