namespace CrossProvince.Service.Licences;

/// <summary>What became of a batch of licences that is durable.</summary>
/// <param name="Outcomes">One a licence, in order, or the reason why it is not taken.</param>
/// <param name="Touched">Entries whose licences were changed.</param>
/// <param name="LastSeq">The chain's end after it.</param>
/// <param name="LastHash">The chain's hash there.</param>
internal sealed record ImportedBatch(IReadOnlyList<(ImportOutcome Outcome, string? Refusal)> Outcomes, IReadOnlyList<(int List, int Index)> Touched, long LastSeq, byte[] LastHash);
