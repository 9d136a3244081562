using System.Globalization;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;

namespace CrossProvince.Service.Tests.Licences;

/// <summary>What records take in Redis: docs/operations.md, "Redis", names the number.</summary>
public sealed class RecordMemoryTests
{
    private const int Records = 5_000;

    [Test]
    public async Task Records_OfAnIdentityCard_TakeTheDocumentedMemory()
    {
        var region = RegionCode.Parse("110000");
        var fields = new LicenceFields(
            "110112199811256091", "于平", "110112199811256091", "北京市公安局（样本）", "11110000XXXXXX001F", 19_960, 19_960, 23_612,
            new SortedDictionary<string, string>(StringComparer.Ordinal) { ["address"] = "北京市东城区样本胡同 1 号院 2 号楼 304 室", ["ethnicity"] = "汉", ["sex"] = "男", ["birth_date"] = "1998-11-25" });
        var key = new byte[32];
        Servers.Redis.Flush();
        var before = UsedMemory();

        await Task.WhenAll(Enumerable.Range(0, Records).Select(i =>
        {
            var place = CacheKeys.Record(region, i % 4, i * 200);
            return Servers.Redis.Database.StringSetAsync(place, SealedRecord.Seal(key, place.ToString(), 0, fields.Encode()), TimeSpan.FromMinutes(1));
        }));

        var million = (UsedMemory() - before) / Records * 1_000_000 / 1e6;
        TestContext.Progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"A million records of {fields.Encode().Length} bytes take {million:F0} MB in Redis."));
        Assert.That(million, Is.InRange(300, 600));
        Servers.Redis.Flush();
    }

    private static double UsedMemory() => double.Parse(
        Servers.Redis.Info("memory").Split("\r\n").Single(line => line.StartsWith("used_memory:", StringComparison.Ordinal)).Split(':')[1], CultureInfo.InvariantCulture);
}
