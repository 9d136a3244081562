using System.CommandLine;

namespace CrossProvince.Cli.Certs;

/// <summary>The language that a parsed command line asks for.</summary>
internal static class ParsedLanguage
{
    internal static Language Language(this ParseResult parsed) =>
        Languages.Detect([.. parsed.Tokens.Select(token => token.Value)], Environment.GetEnvironmentVariable);
}
