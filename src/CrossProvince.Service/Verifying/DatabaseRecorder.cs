using CrossProvince.Service.Storage;

namespace CrossProvince.Service.Verifying;

/// <summary>Records verifications in the database at once.</summary>
internal sealed class DatabaseRecorder(GroupCommit commits) : IVerificationRecorder
{
    public Task AppendAsync(IReadOnlyList<VerificationRecord> records) => commits.RunAsync(async transaction =>
    {
        foreach (var record in records)
        {
            await VerificationStore.InsertAsync(transaction, record);
        }
    });

    public RecordedAnswer? TryFind(string caller, string requestId, long since) => null;
}
