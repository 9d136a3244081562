using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Service.Tests.Identity;

[Parallelizable(ParallelScope.Self)]
public sealed class CertificateJudgeTests
{
    [Test]
    public async Task Judge_CallsOfOneConnectionAtOnce_AllGetTheSameAnswer()
    {
        const int Calls = 4;
        await using var node = BuiltNode.Build(Backend.Sqlite);
        var (trust, clock) = (node.Services.GetRequiredService<TrustSource>(), node.Services.GetRequiredService<TrustedClock>());
        var pem = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "certs-sample", "120000", "node", "cert.pem"));
        using var barrier = new Barrier(Calls);
        for (var round = 0; round < 200; round++)
        {
            // Nothing is remembered, and nothing of the certificate has been read.
            var judge = new CertificateJudge(trust, clock);
            using var certificate = X509Certificate2.CreateFromPem(pem);
            var judgements = await Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    barrier.SignalAndWait();
                    return judge.Judge(certificate, CertificateJudge.ClientAuthentication);
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));

            Assert.That(judgements.Select(judgement => judgement.Name?.Region.ToString()), Is.All.EqualTo("120000"));
        }
    }
}
