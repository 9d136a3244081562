using System.Collections.Concurrent;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Verification.V1;

namespace CrossProvince.Integration.Tests.Durability;

/// <summary>A licence reported as stored, when the region's chain had reached a sequence number.</summary>
internal sealed record StoredLine(string LicenceId, long LastSeq);

/// <summary>A change of status that was answered.</summary>
internal sealed record ChangeAnswer(string LicenceId, LicenceStatus Status, long Seq);

/// <summary>A code that was handed out.</summary>
internal sealed record HandedCode(string LicenceId, string ShowingId, string Code);

/// <summary>A verification that was answered.</summary>
internal sealed record VerificationAnswer(string VerificationId, Verdict Verdict, string ShowingId);

/// <summary>Everything the client was answered, written down the moment it came.</summary>
internal sealed class Journal
{
    public ConcurrentQueue<StoredLine> Licences { get; } = new();

    public ConcurrentQueue<ChangeAnswer> Changes { get; } = new();

    public ConcurrentQueue<HandedCode> Codes { get; } = new();

    public ConcurrentQueue<VerificationAnswer> Verifications { get; } = new();

    /// <summary>Codes found VALID by the first terminal: used up for every other.</summary>
    public ConcurrentQueue<HandedCode> Used { get; } = new();

    /// <summary>Codes whose licence was revoked afterwards, which was answered.</summary>
    public ConcurrentQueue<HandedCode> Revoked { get; } = new();

    /// <summary>Answers that must never be given.</summary>
    public ConcurrentQueue<string> Wrong { get; } = new();

    public int Answers => Licences.Count + Changes.Count + Codes.Count + Verifications.Count;
}
