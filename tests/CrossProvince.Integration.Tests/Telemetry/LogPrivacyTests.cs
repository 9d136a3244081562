using CrossProvince.Core.Identifiers;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Integration.Tests.Processes;
using CrossProvince.Service.Telemetry;
using Microsoft.Extensions.Logging;

namespace CrossProvince.Integration.Tests.Telemetry;

public sealed class LogPrivacyTests
{
    [TestCase("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Critical, false)]
    [TestCase("Microsoft.AspNetCore.Routing.Matching.DfaMatcher", LogLevel.Information, false)]
    [TestCase("Microsoft.AspNetCore.Routing.EndpointMiddleware", LogLevel.Warning, true)]
    [TestCase("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Trace, true)]
    [TestCase("Microsoft.AspNetCore.Authentication.OpenIdConnect.OpenIdConnectHandler", LogLevel.Error, false)]
    [TestCase("CrossProvince.Service.Verifying.Verifications", LogLevel.Trace, true)]
    [TestCase(null, LogLevel.Trace, true)]
    public void May_Category_IsSilentOnlyWhereItRepeatsRequests(string? category, LogLevel level, bool may) =>
        Assert.That(LogPrivacy.May(category, level), Is.EqualTo(may));

    /// <summary>No configuration may undo it, not even that of one provider.</summary>
    [TestCase("Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics")]
    [TestCase("Logging:LogLevel:Default")]
    [TestCase("Logging:TestLogs:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics")]
    public async Task Filter_EverythingSwitchedOn_StaysSilent(string setting)
    {
        await using var federation = await TestFederation.StartAsync(new()
        {
            Running = [TestFederation.Beijing],
            Settings = new Dictionary<string, string> { [setting] = "Trace" },
        });
        var loggers = (ILoggerFactory)federation[TestFederation.Beijing].Services.GetService(typeof(ILoggerFactory))!;

        Assert.That(loggers.CreateLogger("Microsoft.AspNetCore.Hosting.Diagnostics").IsEnabled(LogLevel.Critical), Is.False);
        Assert.That(loggers.CreateLogger("CrossProvince.Any").IsEnabled(LogLevel.Trace), Is.True);
    }

    [Test]
    public async Task Console_JsonChosen_EveryLineIsAnObject()
    {
        var region = RegionCode.Parse("110000");
        using var federation = NodeFederation.Create(region);
        await using var node = NodeProcess.Start(federation, region, "--Logging:Console:FormatterName", "json", "--Logging:LogLevel:Default", "Debug");
        await node.ReadyAsync();

        foreach (var line in node.Lines)
        {
            var entry = System.Text.Json.Nodes.JsonNode.Parse(line)!;
            Assert.That((string?)entry["Category"], Is.Not.Empty, line);
            Assert.That((string?)entry["LogLevel"], Is.Not.Empty, line);
        }

        Assert.That(node.Lines, Has.Some.Contains("Trust list version"));
    }
}
