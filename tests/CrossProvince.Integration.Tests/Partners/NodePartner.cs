using System.Diagnostics;
using System.Text.Json.Nodes;
using CrossProvince.Integration.Tests.Nodes;

namespace CrossProvince.Integration.Tests.Partners;

/// <summary>One run of a partner program for Node.js, docs/partners/node or docs/partners/offline.</summary>
/// <param name="ExitCode">0 all VALID, 1 a code was refused, 2 wrong usage or request, 3 no decision.</param>
/// <param name="Lines">What it wrote on standard output, one JSON object a line.</param>
/// <param name="Error">What it wrote on standard error.</param>
internal sealed record NodePartner(int ExitCode, IReadOnlyList<string> Lines, string Error)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    internal IReadOnlyList<JsonObject> Outcomes => [.. Lines.Select(line => JsonNode.Parse(line)!.AsObject())];

    internal JsonObject Outcome => Outcomes.Single();

    internal string? Verdict => (string?)Outcome["verification"]?["verdict"];

    /// <summary>Runs <c>node</c> in the folder of the program that asks nodes.</summary>
    /// <param name="input">Lines for standard input.</param>
    /// <param name="arguments">The script and its arguments.</param>
    internal static Task<NodePartner> RunAsync(IEnumerable<string> input, params IEnumerable<string> arguments) => RunInAsync("node", input, arguments);

    /// <summary>Runs <c>node</c> in the folder of a program.</summary>
    /// <param name="program">Its folder below docs/partners.</param>
    /// <param name="input">Lines for standard input.</param>
    /// <param name="arguments">The script and its arguments.</param>
    internal static async Task<NodePartner> RunInAsync(string program, IEnumerable<string> input, params IEnumerable<string> arguments)
    {
        var folder = Repository.PathOf("docs", "partners", program);
        Assert.That(Directory.Exists(Path.Combine(folder, "node_modules")), Is.True, $"Its packages are not installed: eng/test.sh does it, or npm ci in docs/partners/{program}.");
        using var process = Process.Start(new ProcessStartInfo("node", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var patience = new CancellationTokenSource(s_patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            foreach (var line in input)
            {
                await process.StandardInput.WriteLineAsync(line);
            }

            process.StandardInput.Close();
            await process.WaitForExitAsync(patience.Token);
            return new NodePartner(process.ExitCode, (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries), await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
