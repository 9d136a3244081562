using CrossProvince.Service.Recording;

namespace CrossProvince.Service.Tests.Recording;

public sealed class RecordFormatTests
{
    // What stands in the files of nodes that run: another layout is another version.
    private const string Frozen =
        "AQAcAAAAIDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAxAAAACAAAAZymsdwBAAAAI3Vybjpjcm9zc3Byb3ZpbmNlOjExMDAwMDp2ZXJpZmllcjpBAAAAEjkxMTEwMDAw"
        + "WFhYWFhYMDAxRgAAAAQAAa2wAAAACOeql+WPoy0xAAAAAm0xAAAAAAAAAAFyAAAAAwECAQAAAAQAAAADAAAABAAAAB8AAAAEAAAAAAAAAAQAAdTAAAAABAAAAAUAAAAEAAAAAQAA"
        + "AAQAD0JBAAAACAAAEjRWeJq9AAAABAAAABEAAAAEAAAAAgAAAAEAAAAACAAAAZymsdv/AAAAAQAAAAAIAAABAAAAAAAAAAABAAAAAAEBAAAABAAAAAEAAAALbmFtZSxudW1iZXI=";

    [TestCase(0, null)]
    [TestCase(1, "请求-1")]
    [TestCase(int.MaxValue, "")]
    public void Read_Written_IsTheSame(int n, string? requestId)
    {
        var record = TestRecords.Make(n, requestId);
        var bytes = new byte[RecordFormat.Bound(record)];

        var length = RecordFormat.Write(bytes, record);
        var read = RecordFormat.Read(bytes.AsSpan(0, length));

        Assert.That(read.RequestDigest, Is.EqualTo(record.RequestDigest));
        Assert.That(read with { RequestDigest = record.RequestDigest }, Is.EqualTo(record));
    }

    [Test]
    public void Bound_LongestCharacters_IsEnough()
    {
        var record = TestRecords.Make(1, new string('证', 64)) with { TerminalId = new string('照', 64), CaseNumber = string.Concat(Enumerable.Repeat("𠮷", 32)) };

        Assert.That(() => RecordFormat.Write(new byte[RecordFormat.Bound(record)], record), Throws.Nothing);
    }

    [Test]
    public void Write_Version1_IsFrozen()
    {
        var record = TestRecords.Make(1, "r");
        var bytes = new byte[RecordFormat.Bound(record)];
        var length = RecordFormat.Write(bytes, record);

        Assert.That(Convert.ToBase64String(bytes.AsSpan(0, length)), Is.EqualTo(Frozen));
        Assert.That(RecordFormat.Columns, Has.Count.EqualTo(28).And.Unique);
    }

    [Test]
    public void Read_OtherVersion_IsRefused() => Assert.That(() => RecordFormat.Read([2, 0, 28]), Throws.TypeOf<FormatException>());
}
