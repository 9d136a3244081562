using CrossProvince.Core.Identifiers;

namespace CrossProvince.Client.Connecting;

/// <summary>An identity directory can't be used; the text says which file is at fault and what to do.</summary>
public sealed class IdentityException : Exception
{
    /// <summary>States what is wrong.</summary>
    /// <param name="text">What is wrong and what to do, in both languages.</param>
    /// <param name="cause">What was thrown, when something was.</param>
    public IdentityException(LocalizedText text, Exception? cause = null)
        : base(text.En, cause) => Text = text;

    /// <summary>What is wrong and what to do.</summary>
    public LocalizedText Text { get; }
}
