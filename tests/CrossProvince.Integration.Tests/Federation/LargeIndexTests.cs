using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.LoadTest.Scale;
using CrossProvince.Service.Tests.Backends;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>What eng/scale.sh makes of a hundred million licences, with one: a node that starts takes over all of them.</summary>
public sealed class LargeIndexTests
{
    private const int Licences = 1_000_000;

    [Test]
    public async Task Start_AMillionLicencesKept_AllAreTakenOver()
    {
        using var redis = RedisServer.StartNew();
        await using var federation = await TestFederation.StartAsync(new()
        {
            Running = [TestFederation.Tianjin],
            Settings = new Dictionary<string, string> { ["ConnectionStrings:Redis"] = redis.ConnectionString },
        });
        var tianjin = federation[TestFederation.Tianjin];
        await tianjin.StopAsync();

        await RestOfTheCountry.WriteAsync(redis.Database, TestFederation.Hebei, Licences, federation.Signer("130000/keys/index"), CancellationToken.None);
        await tianjin.StartAsync();

        var copy = tianjin.Index.Find(TestFederation.Hebei)!;
        Assert.That((copy.Seq, copy.Lists.Sum(list => list.Allocated), copy.Lists.Count), Is.EqualTo((Licences, Licences, 2)));
        Assert.That(copy.Find(0, 0).Status, Is.EqualTo(Core.Status.LicenceStatus.Ended));
        Assert.That(copy.CheckMemory(int.MaxValue), Is.Empty);
    }
}
