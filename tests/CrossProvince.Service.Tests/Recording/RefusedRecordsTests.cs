using System.Diagnostics.Metrics;
using CrossProvince.Service.Recording;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Service.Tests.Recording;

/// <summary>What the database refuses is kept until it is in the spool again.</summary>
public sealed class RefusedRecordsTests
{
    private readonly SpoolDisk _disk = new();
    private ServiceProvider _meters = null!;
    private SpoolFolder _folder = null!;
    private RefusedRecords _refused = null!;
    private string _path = "";

    [SetUp]
    public void Open()
    {
        _path = Directory.CreateTempSubdirectory("crossprovince-refused-").FullName;
        _meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        _folder = new SpoolFolder(_path, _disk);
        _folder.Open();
        _refused = new RefusedRecords(_folder, _disk, new RecordingMetrics(_meters.GetRequiredService<IMeterFactory>()), new CapturedLog());
    }

    [TearDown]
    public void Close()
    {
        _folder.Dispose();
        _meters.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    [Test]
    public void Forget_RefusedMeanwhile_ForgetsOnlyWhatWasTaken()
    {
        _refused.Keep(TestRecords.Make(1), "23514");
        Assert.That(Ids(), Is.EqualTo(new[] { TestRecords.Id(1) }));

        _refused.Keep(TestRecords.Make(2), "23514");
        _refused.Forget();

        Assert.That(Ids(), Is.EqualTo(new[] { TestRecords.Id(2) }));
    }

    [Test]
    public void Take_NotForgotten_GivesTheSameAgain()
    {
        _refused.Keep(TestRecords.Make(1), "23514");
        Assert.That(Ids(), Is.EqualTo(new[] { TestRecords.Id(1) }));

        _refused.Keep(TestRecords.Make(2), "23514");

        Assert.That(Ids(), Is.EqualTo(new[] { TestRecords.Id(1) }));
    }

    private IEnumerable<string> Ids() => _refused.Take().Select(record => record.VerificationId);
}
