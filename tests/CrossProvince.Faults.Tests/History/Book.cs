using System.Collections.Concurrent;

namespace CrossProvince.Faults.Tests.History;

/// <summary>Everything that was asked and answered, written down outside the nodes the moment it came.</summary>
internal sealed class Book
{
    /// <summary>Licences whose import was answered.</summary>
    public ConcurrentDictionary<string, LicenceLife> Licences { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<Answer> Answers { get; } = new();

    /// <summary>Requests of one code each for which no decision came, by why. Who asked asked again.</summary>
    public ConcurrentDictionary<string, int> Unanswered { get; } = new(StringComparer.Ordinal);

    /// <summary>Answers that must never be given.</summary>
    public ConcurrentQueue<string> Wrong { get; } = new();

    /// <summary>How long calls of counters took, answered or not: when they began, Unix milliseconds, and milliseconds.</summary>
    public ConcurrentQueue<(long Began, double Took)> Times { get; } = new();

    /// <summary>Showings that were answered.</summary>
    public ConcurrentQueue<HeldCode> Codes { get; } = new();

    /// <summary>Changes of status that were answered.</summary>
    public int Changes => _changes;

    private int _changes;

    public void CountChanges(int count) => Interlocked.Add(ref _changes, count);

    public void CountUnanswered(string why) => Unanswered.AddOrUpdate(why, 1, (_, count) => count + 1);
}
