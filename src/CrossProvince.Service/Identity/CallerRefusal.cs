using CrossProvince.Core.Identifiers;

namespace CrossProvince.Service.Identity;

/// <summary>Why nobody is known to be calling.</summary>
/// <param name="Reason">For programs, such as TOKEN_EXPIRED; listed in docs/operations.md.</param>
/// <param name="Text">For persons: what is wrong and what to do. Never a person's code.</param>
internal sealed record CallerRefusal(string Reason, LocalizedText Text)
{
    public CallerRefusal(string reason, string zh, string en)
        : this(reason, new LocalizedText(zh, en))
    {
    }

    /// <summary>When to try again, where the fault is not the caller's; null otherwise.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
