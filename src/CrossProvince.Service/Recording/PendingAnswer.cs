using CrossProvince.Service.Verifying;

namespace CrossProvince.Service.Recording;

/// <summary>A recorded verification that may not be in the database yet.</summary>
/// <param name="Record">The record.</param>
/// <param name="Durable">Done when the record is durable: only then may a repeat be answered with it. Fails with <see cref="SpoolException"/>.</param>
internal sealed record PendingAnswer(VerificationRecord Record, Task Durable)
{
    /// <summary>Whether it is the record of this request.</summary>
    public bool Is(string caller, string requestId) => Record.Caller == caller && Record.RequestId == requestId;
}
