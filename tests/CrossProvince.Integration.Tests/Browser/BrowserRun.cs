using System.Diagnostics;
using System.Text.Json.Nodes;
using CrossProvince.Integration.Tests.Nodes;

namespace CrossProvince.Integration.Tests.Browser;

/// <summary>Plays scenarios of the scripts folder in Chromium against a node's pages.</summary>
/// <param name="node">Whose pages.</param>
/// <param name="given">What the scenario is told.</param>
internal sealed class BrowserRun(TestNode node, JsonObject given)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    internal BrowserRun With(string name, JsonNode value)
    {
        given[name] = value;
        return this;
    }

    /// <summary>Plays one scenario; it holds when this returns.</summary>
    /// <param name="scenario">Its name.</param>
    /// <param name="answer">Does what it asks for.</param>
    /// <param name="measured">Hears its figures.</param>
    internal async Task PlayAsync(string scenario, Func<string, Task<JsonNode?>> answer, Action<JsonNode?>? measured = null)
    {
        var scripts = Repository.PathOf("tests", "CrossProvince.Integration.Tests", "Browser", "scripts");
        Assert.That(Directory.Exists(Path.Combine(scripts, "node_modules")), Is.True, "The packages of the browser tests are not installed: eng/test.sh does it, or npm ci there.");
        given["web"] = node.Web.ToString().TrimEnd('/');
        given["chromium"] = FindChromium();
        using var process = Process.Start(new ProcessStartInfo("node", ["run.js", scenario])
        {
            WorkingDirectory = scripts,
            Environment = { ["CROSSPROVINCE_BROWSER"] = given.ToJsonString() },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var patience = new CancellationTokenSource(s_patience);
        try
        {
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
            {
                var asked = JsonNode.Parse(line)!;
                var reply = (string)asked["what"]! == "measured" ? Measured(asked["argument"]) : await answer((string)asked["what"]!);
                await process.StandardInput.WriteLineAsync((reply?.ToJsonString() ?? "null").AsMemory(), patience.Token);
            }

            await process.WaitForExitAsync(patience.Token);
            Assert.That((process.ExitCode, await errors), Is.EqualTo((0, "")), $"Scenario {scenario}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        JsonNode? Measured(JsonNode? figures)
        {
            measured?.Invoke(figures);
            return null;
        }
    }

    private static string FindChromium()
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
        Assert.That(found, Is.Not.Null, "There is no Chromium here: eng/test.sh installs it.");
        return found!;
    }
}
