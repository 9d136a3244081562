using System.Text;
using CrossProvince.Service.Federation.Reporting;
using CrossProvince.Service.Recording;
using CrossProvince.Service.Tests.Recording;
using CrossProvince.Service.Verifying;

namespace CrossProvince.Service.Tests.Federation;

/// <summary>Uses that a region is owed, in one piece: what was put in comes out, and what is stored stays readable.</summary>
public sealed class UseBlockTests
{
    [Test]
    public void Read_UsesOfAllKinds_GivesWhatWasAdded()
    {
        VerificationRecord[] records =
        [
            .. TestRecords.Make(1, 300),
            TestRecords.Make(0) with { Caller = new string('证', 300), TerminalId = "", Disclosed = "" },
            TestRecords.Make(7) with { VerificationId = "no-hexadecimal-digits", Time = 0 },
            TestRecords.Make(8) with { VerificationId = TestRecords.Id(8).Replace('0', 'F'), Showing = (1L << 48) - 1, ListIndex = int.MaxValue },
        ];
        var block = new UseBlock();
        foreach (var record in records)
        {
            block.Add(UseOf(record));
        }

        var bytes = block.ToArray();
        var uses = UseBlock.Read(bytes);

        Assert.That(uses.Select(Values), Is.EqualTo(records.Select(Values)));
        Assert.That((block.Count, block.Time, block.VerificationId, block.Until), Is.EqualTo((303, 0L, "no-hexadecimal-digits", TestRecords.Begin + 300)));
        Assert.That(bytes.Length / block.Count, Is.LessThan(60), "bytes a use");
    }

    /// <summary>Blocks lie in databases: other bytes for the same use are another version.</summary>
    [Test]
    public void ToArray_OneUse_IsAsFrozen()
    {
        var block = new UseBlock();
        block.Add(UseOf(TestRecords.Make(1) with { TerminalId = "window", Repeated = true }));

        Assert.That(Convert.ToHexStringLower(block.ToArray()), Is.EqualTo(Frozen));
    }

    [Test]
    public void Read_NewerVersion_IsRefused() =>
        Assert.That(() => UseBlock.Read([2, .. Convert.FromHexString(Frozen)[1..]]), Throws.TypeOf<InvalidDataException>().With.Message.Contains("newer program"));

    [Test]
    public void Read_CutAnywhere_IsRefused()
    {
        var whole = Convert.FromHexString(Frozen);
        for (var length = 2; length < whole.Length; length++)
        {
            Assert.That(() => UseBlock.Read(whole[..length]), Throws.TypeOf<InvalidDataException>(), $"{length} bytes");
        }
    }

    private static readonly string Frozen =
        "01" + "01" + "00000000000000000000000000000001" + Number(TestRecords.Begin + 1)
        + Text(0, TestRecords.Caller) + Text(1, "91110000XXXXXX001F") + Text(2, "window") + Text(3, "name,number")
        + Number(3) + Number(31) + Number(1) + Number(1_000_001) + Number(0x1234_5678_9ABD) + Number(17) + Number(2) + Number(1);

    private static string Text(int number, string text) => Number(number) + Number(text.Length) + Convert.ToHexStringLower(Encoding.ASCII.GetBytes(text));

    /// <summary>Seven bits a byte, the lowest first; the highest bit says that more follow.</summary>
    private static string Number(long value) => value < 128 ? $"{value:x2}" : $"{(value & 127) | 128:x2}" + Number(value >> 7);

    private static RecordedUse UseOf(VerificationRecord record)
    {
        var bytes = new byte[RecordFormat.Bound(record)];
        var length = RecordFormat.Write(bytes, record);
        return RecordFormat.ReadUse(bytes.AsSpan(RecordFormat.Prefix..length), out _, out _);
    }

    private static object Values(VerificationRecord record) => (
        record.VerificationId, record.Time, record.Caller, record.OnBehalfOf, record.TerminalId, (long)record.Scenario, (long)record.Verdict,
        ((long)record.ListNumber, (long)record.ListIndex, record.Showing, (long)record.CodeNumber, (long)record.Presenter, record.Repeated, (long)record.Mode, record.Disclosed));

    private static object Values(UnreportedUse use) => (
        use.VerificationId, use.Time, use.Caller, use.OnBehalfOf, use.TerminalId, use.Scenario, use.Verdict,
        (use.ListNumber, use.ListIndex, use.Showing, use.CodeNumber, use.Presenter, use.Repeated, use.Mode, use.Disclosed));
}
