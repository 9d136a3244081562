using CrossProvince.Service.Hosting;
using CrossProvince.Service.Recording;
using Microsoft.Extensions.Logging;

namespace CrossProvince.Service.Tests.Recording;

/// <summary>What a start finds after crashes, power cuts and broken disks.</summary>
public sealed class SpoolRecoveryTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("crossprovince-spool-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Open_AfterAnOrderlyEnd_HoldsAllInOrder()
    {
        await AppendAsync(1, 5);
        await AppendAsync(6, 5);

        using var spool = new TestSpool(_folder, disk: new UnflushedDisk());
        Assert.That(spool.Ids(), Is.EqualTo(Enumerable.Range(1, 10).Select(TestRecords.Id)));
        Assert.That((spool.Recovery.Next, spool.Recovery.Last), Is.EqualTo((1, 10)));
        Assert.That(spool.Log.Lines.Where(line => line.Level > LogLevel.Information), Is.Empty);
    }

    // A kill or a power cut may end the last write at any byte.
    [Test]
    public async Task Open_LastRecordCutAtAnyByte_KeepsTheOthersAndSaysSo()
    {
        var (file, bytes, starts) = await WriteThreeAsync();
        for (var length = starts[2]; length < bytes.Length; length++)
        {
            await File.WriteAllBytesAsync(file, bytes[..length]);
            using (var spool = new TestSpool(_folder, disk: new UnflushedDisk()))
            {
                Assert.That(spool.Ids(), Is.EqualTo(new[] { TestRecords.Id(1), TestRecords.Id(2) }), $"{length}");
                Assert.That(spool.Log.Count(LogLevel.Warning), Is.EqualTo(length == starts[2] ? 0 : 1), $"{length}");
                Assert.That((spool.Lost("damaged"), spool.Lost("missing")), Is.EqualTo((0, 0)), $"{length}");
            }

            Assert.That(new FileInfo(file).Length, Is.EqualTo(starts[2]), $"{length}");
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public async Task Open_AnyByteOfARecordChanged_KeepsTheOthersAndRaisesAnAlarm(int changed)
    {
        var (file, bytes, starts) = await WriteThreeAsync();
        var others = Enumerable.Range(1, 3).Where(n => n != changed).Select(TestRecords.Id).ToList();
        for (var at = starts[changed - 1]; at < starts[changed]; at++)
        {
            var flipped = bytes.ToArray();
            flipped[at] ^= (byte)(1 << (at % 8));
            await File.WriteAllBytesAsync(file, flipped);
            using (var spool = new TestSpool(_folder, disk: new UnflushedDisk()))
            {
                Assert.That(spool.Ids(), Is.EqualTo(others), $"{at}");
                Assert.That(spool.Lost("damaged"), Is.EqualTo(1), $"{at}");
                Assert.That(spool.Lost("missing"), Is.EqualTo(changed == 3 ? 0 : 1), $"{at}");
                Assert.That(spool.Log.Count(LogLevel.Critical), Is.GreaterThan(0), $"{at}");
            }

            var aside = Directory.GetFiles(_folder, "*.damaged").Single();
            Assert.That(await File.ReadAllBytesAsync(aside), Is.EqualTo(flipped[starts[changed - 1]..starts[changed]]), $"{at}");
            File.Delete(aside);
        }
    }

    // A power cut may leave a file longer than what was written into it.
    [Test]
    public async Task Open_ZerosAtTheEnd_AreCutOff()
    {
        var (file, bytes, _) = await WriteThreeAsync();
        await File.WriteAllBytesAsync(file, [.. bytes, .. new byte[5_000]]);

        using var spool = new TestSpool(_folder, disk: new UnflushedDisk());
        Assert.That(spool.Ids().Count(), Is.EqualTo(3));
        Assert.That((spool.Log.Count(LogLevel.Warning), spool.Lost("damaged")), Is.EqualTo((1, 0)));
        Assert.That(new FileInfo(file).Length, Is.EqualTo(bytes.Length));
    }

    // The next file begins with what had not been confirmed in this one: nothing of it is missing.
    [Test]
    public async Task Open_FileGivenUpWithMoreThanWasConfirmed_HoldsNothingTwice()
    {
        var (first, bytes, starts) = await WriteThreeAsync();
        var second = first.Replace("01.spool", "03.spool", StringComparison.Ordinal);
        await File.WriteAllBytesAsync(second, bytes[starts[2]..]);
        foreach (var rest in new[] { bytes[..starts[2]], bytes, bytes[..^1], [.. bytes[..starts[2]], .. new byte[500]] })
        {
            await File.WriteAllBytesAsync(first, rest);

            using var spool = new TestSpool(_folder, disk: new UnflushedDisk());
            Assert.That(spool.Ids(), Is.EqualTo(Enumerable.Range(1, 3).Select(TestRecords.Id)));
            Assert.That((spool.Log.Count(LogLevel.Critical), spool.Lost("damaged"), spool.Lost("missing")), Is.EqualTo((0, 0, 0)));
        }
    }

    [Test]
    public async Task Open_FileInTheMiddleGone_RaisesAnAlarm()
    {
        for (var n = 1; n <= 5; n += 2)
        {
            await AppendAsync(n, 2);
        }

        File.Delete(Directory.GetFiles(_folder, "*3.spool").Single());

        using var spool = new TestSpool(_folder, disk: new UnflushedDisk());
        Assert.That(spool.Ids(), Is.EqualTo(new[] { 1, 2, 5, 6 }.Select(TestRecords.Id)));
        Assert.That((spool.Lost("missing"), spool.Log.Count(LogLevel.Critical)), Is.EqualTo((2, 1)));
    }

    // The next file must not be named before it.
    [Test]
    public async Task Open_LastFileDamagedWhollyAndOneBeforeItGone_GoesOnBehindIt()
    {
        for (var n = 1; n <= 5; n += 2)
        {
            await AppendAsync(n, 2);
        }

        File.Delete(Directory.GetFiles(_folder, "*3.spool").Single());
        await File.WriteAllBytesAsync(Directory.GetFiles(_folder, "*5.spool").Single(), [1, .. Enumerable.Repeat((byte)0xAA, 500)]);

        using var spool = new TestSpool(_folder, disk: new UnflushedDisk());
        Assert.That((spool.Recovery.Last, spool.Lost("missing"), spool.Lost("damaged")), Is.EqualTo((4, 2, 1)));
    }

    [Test]
    public async Task Open_CursorLostOrBroken_BeginsWithTheOldestFile()
    {
        await AppendAsync(1, 4);
        using (var spool = new TestSpool(_folder, disk: new UnflushedDisk()))
        {
            spool.Folder.WriteCursor(3);
        }

        using (var spool = new TestSpool(_folder, disk: new UnflushedDisk()))
        {
            Assert.That((spool.Recovery.Next, spool.Recovery.Last), Is.EqualTo((3, 4)));
        }

        foreach (var cursor in new byte[][] { [], [1, 2, 3], new byte[21] })
        {
            await File.WriteAllBytesAsync(Path.Combine(_folder, "drained"), cursor);
            using var spool = new TestSpool(_folder, disk: new UnflushedDisk());
            Assert.That((spool.Recovery.Next, spool.Recovery.Last), Is.EqualTo((1, 4)));
            Assert.That(spool.Lost("missing"), Is.Zero);
        }
    }

    [Test]
    public async Task Open_AllDrained_DeletesTheFilesAndGoesOnCounting()
    {
        await AppendAsync(1, 4);
        using (var spool = new TestSpool(_folder, disk: new UnflushedDisk()))
        {
            spool.Folder.WriteCursor(5);
        }

        using (var spool = new TestSpool(_folder, disk: new UnflushedDisk()))
        {
            Assert.That(spool.Folder.Segments, Is.Empty);
            spool.Writer.Start();
            await spool.Writer.AppendAsync([TestRecords.Make(5)]);
            Assert.That(spool.Writer.Last, Is.EqualTo(5));
        }

        Assert.That(Directory.GetFiles(_folder, "*.spool").Select(Path.GetFileName), Is.EqualTo(new[] { "00000000000000000005.spool" }));
    }

    [Test]
    public async Task Open_RecordOfANewerProgram_IsRefusedAndKept()
    {
        var (file, bytes, _) = await WriteThreeAsync();
        bytes[SpoolFrame.HeaderBytes] = RecordFormat.Version + 1;
        SpoolFrame.Seal(bytes, 1);
        await File.WriteAllBytesAsync(file, bytes);

        Assert.That(() => new TestSpool(_folder), Throws.TypeOf<ConfigurationException>().With.Message.Contains("newer program"));
        Assert.That(await File.ReadAllBytesAsync(file), Is.EqualTo(bytes));
    }

    [Test]
    public void Open_SecondProcess_IsRefused()
    {
        using var first = new TestSpool(_folder, disk: new UnflushedDisk());

        Assert.That(() => new TestSpool(_folder), Throws.TypeOf<ConfigurationException>().With.Message.Contains("another node uses"));
    }

    [Test]
    public void Open_FolderIsAFile_SaysSo() =>
        Assert.That(() => new TestSpool("/dev/null"), Throws.TypeOf<ConfigurationException>().With.Message.StartsWith("Recording:Directory names a folder that the spool of records cannot use"));

    [Test]
    [Platform(Exclude = "Win")]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task Open_Files_AreForTheOwnerOnly()
    {
        var folder = Path.Combine(_folder, "made");
        using var spool = new TestSpool(folder);
        spool.Writer.Start();
        await spool.Writer.AppendAsync([TestRecords.Make(1)]);

        Assert.That(File.GetUnixFileMode(folder), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        Assert.That(Directory.GetFiles(folder).Select(File.GetUnixFileMode), Is.All.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    private async Task AppendAsync(int from, int count)
    {
        using var spool = new TestSpool(_folder, disk: new UnflushedDisk());
        spool.Writer.Start();
        await spool.Writer.AppendAsync(TestRecords.Make(from, count));
    }

    /// <summary>One file with three records.</summary>
    /// <returns>The file, its bytes, and where each record begins; the last place is the end.</returns>
    private async Task<(string File, byte[] Bytes, int[] Starts)> WriteThreeAsync()
    {
        await AppendAsync(1, 3);
        var file = Directory.GetFiles(_folder, "*.spool").Single();
        var bytes = await File.ReadAllBytesAsync(file);
        var starts = new List<int> { 0 };
        while (starts[^1] < bytes.Length)
        {
            starts.Add(starts[^1] + SpoolFrame.HeaderBytes + SpoolFrame.BodyLength(bytes.AsSpan(starts[^1])));
        }

        return (file, bytes, [.. starts]);
    }
}
