using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Tests;
using CrossProvince.Integration.Tests.Identity;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Tests;
using Grpc.Core;

namespace CrossProvince.Integration.Tests.Deployment;

/// <summary>The gateway of eng/deploy before a running node, with another node that is away.</summary>
public sealed class GatewayTests : FederationFixture
{
    private readonly int _api = FreePort.Next();
    private readonly int _web = FreePort.Next();
    private Process? _gateway;

    [OneTimeTearDown]
    public void StopGateway()
    {
        _gateway?.Kill();
        _gateway?.WaitForExit();
        _gateway?.Dispose();
    }

    /// <summary>Only who shows a partner's certificate may verify: it has come through.</summary>
    [Test]
    public async Task Api_PartnersCertificate_ReachesTheNode()
    {
        for (var i = 0; i < 4; i++)
        {
            // A connection each, so that both nodes have their turn.
            using var identity = NodeIdentity.Load(Federation.PathOf("110000/verifier"));
            using var connection = NodeConnection.Open(new Uri($"https://127.0.0.1:{_api}"), identity, TestFederation.Beijing);
            var answer = await connection.Verifications.VerifyAsync(new VerifyRequest { Code = "nothing", TerminalId = "T" });

            Assert.That(answer.Verification.Verdict, Is.EqualTo(Verdict.Malformed));
        }
    }

    [Test]
    public void Api_NoCertificate_IsUnauthenticated()
    {
        using var stranger = new RawChannel(new Uri($"https://127.0.0.1:{_api}"), certificate: null);
        var error = Assert.ThrowsAsync<RpcException>(async () => await new VerificationService.VerificationServiceClient(stranger.Calls).VerifyAsync(new VerifyRequest { Code = "x", TerminalId = "T" }));

        Assert.That(error!.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
    }

    [TestCase("/v1/catalogue/types", HttpStatusCode.OK)]
    [TestCase("/openapi/v1.json", HttpStatusCode.OK)]
    [TestCase("/v1/licences", HttpStatusCode.Unauthorized)]
    [TestCase("/v1/statusChanges", HttpStatusCode.NotFound)]
    [TestCase("/healthz/ready", HttpStatusCode.NotFound)]
    [TestCase("/metrics", HttpStatusCode.NotFound)]
    [TestCase("/dev/token", HttpStatusCode.NotFound)]
    [TestCase("/counter", HttpStatusCode.OK)]
    [TestCase("/wallet", HttpStatusCode.OK)]
    [TestCase("/wallet/worker.js", HttpStatusCode.OK)]
    [TestCase("/ops", HttpStatusCode.OK)]
    [TestCase("/help", HttpStatusCode.OK)]
    [TestCase("/session", HttpStatusCode.OK)]
    public async Task Web_Path_IsLetThroughOrNot(string path, HttpStatusCode expected)
    {
        using var stranger = new RawChannel(new Uri($"https://127.0.0.1:{_web}"), certificate: null);
        using var response = await stranger.Http.GetAsync(new Uri(path, UriKind.Relative));

        Assert.That(response.StatusCode, Is.EqualTo(expected));
        Assert.That(response.Headers.Contains("Strict-Transport-Security"), Is.EqualTo(expected != HttpStatusCode.NotFound || path.StartsWith("/v1/", StringComparison.Ordinal)));
    }

    protected override async Task PrepareAsync()
    {
        var certificate = Tool.Write("web.pem", [.. File.ReadAllBytes(Federation.PathOf("110000/node/cert.pem")), .. File.ReadAllBytes(Federation.PathOf("110000/node/key.pem"))]);
        var start = new ProcessStartInfo("haproxy", ["-db", "-f", DeployFiles.PathOf("haproxy.cfg")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["API"] = $"127.0.0.1:{_api}",
            ["WEB"] = $"127.0.0.1:{_web}",
            ["WEB_CERTIFICATE"] = certificate,
            ["NODE_1_API"] = $"127.0.0.1:{FreePort.Next()}",
            ["NODE_1_WEB"] = $"127.0.0.1:{FreePort.Next()}",
            ["NODE_2_API"] = $"127.0.0.1:{Beijing.Api.Port}",
            ["NODE_2_WEB"] = $"127.0.0.1:{Beijing.Web.Port}",
        })
        {
            start.Environment[name] = value;
        }

        _gateway = Process.Start(start)!;
        var said = new ConcurrentQueue<string>();
        _gateway.OutputDataReceived += (_, e) => said.Enqueue(e.Data ?? "");
        _gateway.ErrorDataReceived += (_, e) => said.Enqueue(e.Data ?? "");
        _gateway.BeginOutputReadLine();
        _gateway.BeginErrorReadLine();
        using var stranger = new RawChannel(new Uri($"https://127.0.0.1:{_web}"), certificate: null);
        await Eventually.HoldsAsync(
            async () =>
            {
                if (_gateway.HasExited)
                {
                    await _gateway.WaitForExitAsync();
                    Assert.Fail(string.Join('\n', said));
                }

                try
                {
                    using var response = await stranger.Http.GetAsync(new Uri("/v1/catalogue/types", UriKind.Relative));
                    return response.IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "the gateway answers");
    }
}
