namespace CrossProvince.Service.Verifying;

/// <summary>Where verifications are recorded before they are answered; tests stand in for it.</summary>
internal interface IVerificationRecorder
{
    /// <summary>Records verifications, all or none.</summary>
    /// <returns>When they are durable.</returns>
    /// <exception cref="Exception">They could not be recorded, or it is not known whether they were: they must not be answered.</exception>
    Task AppendAsync(IReadOnlyList<VerificationRecord> records);

    /// <summary>What was answered to a caller's request id, where this node has recorded it and the database may not know it yet.</summary>
    /// <param name="caller">The caller as recorded.</param>
    /// <param name="requestId">The request id.</param>
    /// <param name="since">Unix milliseconds; older ones count as forgotten.</param>
    RecordedAnswer? TryFind(string caller, string requestId, long since);
}
