namespace CrossProvince.Cli.Samples;

/// <summary>One made-up authority.</summary>
/// <param name="Name">Its name; says that it is made up.</param>
/// <param name="Code">Its unified social credit code.</param>
internal sealed record SampleIssuer(string Name, string Code);
