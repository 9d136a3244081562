using System.Net;
using System.Text;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Storage;
using Dapper;
using Grpc.Core;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using static CrossProvince.Integration.Tests.Nodes.Refusal;

namespace CrossProvince.Integration.Tests.Limits;

/// <summary>Calls that wait longer than they may, behind a database that somebody else has locked.</summary>
[Category("Alone"), Parallelizable(ParallelScope.None)]
public sealed class DeadlineTests : FederationFixture
{
    internal override FederationPlan Plan { get; } = new()
    {
        Running = [TestFederation.Beijing],
        Settings = new Dictionary<string, string> { ["Limits:Deadline"] = "00:00:01" },
    };

    [Test]
    public async Task Verify_DeadlinePassedBeforeItsTurn_IsNotDone()
    {
        await LockedAsync(() =>
        {
            var call = Beijing.Verifications.VerifyAsync(Request("given-up"), deadline: DateTime.UtcNow.AddMilliseconds(300));
            Assert.That(Of(call).StatusCode, Is.EqualTo(StatusCode.DeadlineExceeded));
            return Task.CompletedTask;
        });
        await Beijing.Verifications.VerifyAsync(Request("afterwards"));

        Assert.That(await RecordedAsync(), Does.Contain("afterwards").And.Not.Contain("given-up"));
    }

    [Test]
    public async Task Verify_ClientSetsNoDeadline_EndsAtTheNodesOwn()
    {
        await LockedAsync(async () =>
        {
            using var channel = new Identity.RawChannel(Beijing, Certificate());
            var error = Assert.ThrowsAsync<RpcException>(
                async () => await new VerificationService.VerificationServiceClient(channel.Calls).VerifyAsync(Request("patient")));
            Assert.That(error!.StatusCode, Is.EqualTo(StatusCode.DeadlineExceeded).Or.EqualTo(StatusCode.Cancelled));
            await Task.CompletedTask;
        });
        await Beijing.Verifications.VerifyAsync(Request("later"));

        Assert.That(await RecordedAsync(), Does.Contain("later").And.Not.Contain("patient"));
    }

    [Test]
    public async Task Verify_OverJson_EndsAtTheNodesOwnWith504()
    {
        HttpResponseMessage? response = null;
        var waiting = Task.CompletedTask;
        await LockedAsync(async () =>
        {
            waiting = Task.Run(async () => response = await Beijing.Connect("verifier").Http.PostAsync(
                new Uri("/v1/verifications", UriKind.Relative),
                new StringContent("""{"code": "x", "terminalId": "t", "requestId": "json"}""", Encoding.UTF8, "application/json")));
            await Task.Delay(TimeSpan.FromSeconds(1.5));
        });
        await waiting;

        Assert.That(response!.StatusCode, Is.EqualTo(HttpStatusCode.GatewayTimeout));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("DEADLINE_EXCEEDED"));
        Assert.That(await RecordedAsync(), Does.Not.Contain("json"));
        response.Dispose();
    }

    private static VerifyRequest Request(string id) => new() { Code = "x", TerminalId = "t", RequestId = id };

    private System.Security.Cryptography.X509Certificates.X509Certificate2 Certificate()
    {
        using var pem = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile(
            Federation.PathOf("110000/verifier/cert.pem"), Federation.PathOf("110000/verifier/key.pem"));
        return System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadPkcs12(
            pem.Export(System.Security.Cryptography.X509Certificates.X509ContentType.Pkcs12), null);
    }

    /// <summary>Does something while nobody can write.</summary>
    private async Task LockedAsync(Func<Task> work)
    {
        await using var connection = new SqliteConnection($"Data Source={Beijing.DatabaseFile}");
        await connection.OpenAsync();
        await using var transaction = connection.BeginTransaction(deferred: false);
        await work();
        await transaction.RollbackAsync();
    }

    private async Task<List<string>> RecordedAsync()
    {
        await using var connection = await Beijing.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        return [.. await connection.QueryAsync<string>("SELECT request_id FROM verifications WHERE request_id IS NOT NULL")];
    }
}
