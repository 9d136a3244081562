using CrossProvince.Service.Storage;
using CrossProvince.Service.Verifying;

namespace CrossProvince.Service.Recording;

/// <summary>Where verifications are recorded before they are answered; tests stand in for it.</summary>
internal interface IVerificationRecorder
{
    /// <summary>Makes records durable, in order.</summary>
    /// <param name="records">What is about to be answered.</param>
    /// <param name="cancellation">Gives up records that have not been taken.</param>
    /// <returns>Done when all of them are durable.</returns>
    /// <exception cref="SpoolException">They are not durable: they must not be answered.</exception>
    /// <exception cref="StorageBusyException">Too much is waiting; nothing was done.</exception>
    Task AppendAsync(IReadOnlyList<VerificationRecord> records, CancellationToken cancellation);

    /// <summary>The record of a caller's request of the same id, if it was appended here since a moment. What is not found here and was appended is in the database by then.</summary>
    /// <param name="caller">As in the record.</param>
    /// <param name="requestId">As in the record.</param>
    /// <param name="since">Unix milliseconds: records of this moment or before do not count.</param>
    /// <returns>The newest; null when there is none.</returns>
    PendingAnswer? TryFind(string caller, string requestId, long since);

    /// <summary>Whether the database may have a record of a caller's request that <see cref="TryFind"/> did not find before: only then need it be asked.</summary>
    /// <param name="caller">As in the record.</param>
    /// <param name="requestId">As in the record.</param>
    bool MayBeInDatabase(string caller, string requestId);
}
