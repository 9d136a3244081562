using CrossProvince.Core.Identifiers;

namespace CrossProvince.Cli;

/// <summary>The command line, or a file that it names, is wrong.</summary>
internal sealed class UsageException(string zh, string en) : Exception(en)
{
    internal LocalizedText Text { get; } = new(zh, en);
}
