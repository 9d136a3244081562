using CrossProvince.Core.Identifiers;

namespace CrossProvince.Cli.Demo;

/// <summary>The demonstration cannot go on: a part of it failed in a way that no step is about.</summary>
internal sealed class DemoException(string zh, string en) : Exception(en)
{
    internal LocalizedText Text { get; } = new(zh, en);
}
