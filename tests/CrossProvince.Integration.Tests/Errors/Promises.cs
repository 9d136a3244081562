using System.Text.RegularExpressions;
using Grpc.Core;

namespace CrossProvince.Integration.Tests.Errors;

/// <summary>One error that a comment of the protos promises: of a service, or of one rpc (<c>Service.Rpc</c>).</summary>
internal sealed record Promise(string Of, StatusCode Code)
{
    public override string ToString() => $"{Of} {Code}";
}

/// <summary>Reads what the comments of the protos promise.</summary>
internal static partial class Promises
{
    /// <summary>The promises of all protos.</summary>
    internal static IReadOnlyList<Promise> All() =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "protos"), "*.proto", SearchOption.AllDirectories).Order().SelectMany(f => Read(File.ReadAllLines(f)))];

    /// <summary>The promises of one file: those of the comment just before a service or an rpc.</summary>
    internal static IEnumerable<Promise> Read(IEnumerable<string> lines)
    {
        var (service, comment) = ("", "");
        foreach (var line in lines.Select(l => l.Trim()))
        {
            if (line.StartsWith("//", StringComparison.Ordinal))
            {
                comment += line;
                continue;
            }

            var of = "";
            if (Service().Match(line) is { Success: true } named)
            {
                of = service = named.Groups[1].Value;
            }
            else if (Rpc().Match(line) is { Success: true } rpc)
            {
                of = $"{service}.{rpc.Groups[1].Value}";
            }

            if (of.Length > 0)
            {
                foreach (var code in Code().Matches(comment).Select(m => m.Value).Distinct())
                {
                    yield return new Promise(of, Enum.Parse<StatusCode>(code.Replace("_", "", StringComparison.Ordinal), ignoreCase: true));
                }
            }

            comment = "";
        }
    }

    [GeneratedRegex(@"^service (\w+)")]
    private static partial Regex Service();

    [GeneratedRegex(@"^rpc (\w+)")]
    private static partial Regex Rpc();

    [GeneratedRegex("INVALID_ARGUMENT|UNAUTHENTICATED|PERMISSION_DENIED|NOT_FOUND|FAILED_PRECONDITION|RESOURCE_EXHAUSTED|UNAVAILABLE|ALREADY_EXISTS|ABORTED|DEADLINE_EXCEEDED|OUT_OF_RANGE|UNIMPLEMENTED|INTERNAL|DATA_LOSS")]
    private static partial Regex Code();
}
