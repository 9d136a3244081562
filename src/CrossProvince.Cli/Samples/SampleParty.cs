namespace CrossProvince.Cli.Samples;

/// <summary>A person or organisation in the import format.</summary>
/// <param name="Name">Full name.</param>
/// <param name="Code">Code.</param>
/// <param name="CodeType">Kind of code, GB/T 36903.</param>
internal sealed record SampleParty(string Name, string Code, string CodeType);
