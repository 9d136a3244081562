using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CrossProvince.Cli.Licences;
using CrossProvince.Cli.Tests.Fakes;
using CrossProvince.Contracts.Licences.V1;
using Grpc.Core;

namespace CrossProvince.Cli.Tests.Licences;

internal sealed class ImportCommandTests : NodeFixture
{
    private readonly List<(long Number, string Text)> _received = [];

    private string Progress => $"{LicenceFile}.progress";

    private string LicenceFile => Path.Combine(Folder, "licences.jsonl");

    [SetUp]
    public void RefuseBadLines()
    {
        _received.Clear();
        var total = new ImportLicencesResponse();
        Node.OnImport = request =>
        {
            total.Refused.Clear();
            for (var i = 0; i < request.Lines.Count; i++)
            {
                var number = request.FirstLineNumber + i;
                _received.Add((number, request.Lines[i]));
                total.Lines++;
                if (request.Lines[i] == "bad")
                {
                    total.RefusedCount++;
                    total.Refused.Add(new RefusedLine { LineNumber = number, Field = "holder.code", Reason = "wrong check digit" });
                }
                else
                {
                    total.LastSeq = ++total.Created;
                }
            }

            total.LastHash = HashOf(total.LastSeq);
            return total.Clone();
        };
        Node.OnChanges = request => new ListStatusChangesResponse { Changes = { new StatusChange { Seq = request.FromSeq, Hash = HashOf(request.FromSeq) } } };
    }

    private static Google.Protobuf.ByteString HashOf(long seq) => Google.Protobuf.ByteString.CopyFrom(SHA256.HashData(BitConverter.GetBytes(seq)));

    /// <summary>Imports a file into a node that is gone from a line on, and is back afterwards.</summary>
    private async Task<Run> BreakOffAsync(int lines, long at, params int[] bad)
    {
        await File.WriteAllLinesAsync(LicenceFile, Enumerable.Range(1, lines).Select(n => bad.Contains(n) ? "bad" : $"{{\"n\":{n}}}"));
        var good = Node.OnImport;
        Node.OnImport = request => request.FirstLineNumber >= at ? throw new RpcException(new Status(StatusCode.Unavailable, "shutting down")) : good(request);
        var run = await RunAsync("licence", "import", LicenceFile);
        Assert.That(run.ExitCode, Is.EqualTo(3));
        RefuseBadLines();
        return run;
    }

    [Test]
    public async Task Import_GoodFile_IsExit0WithCounts()
    {
        await File.WriteAllLinesAsync(LicenceFile, Enumerable.Range(0, 1234).Select(i => $"{{\"n\":{i}}}"));
        var run = await RunAsync("licence", "import", LicenceFile);
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Out, Does.Contain("1234 lines: 1234 new"));
        Assert.That(_received.Select(line => line.Number), Is.EqualTo(Enumerable.Range(1, 1234)));
    }

    [Test]
    public async Task Import_BadLines_AreNamedAndTheRestIsKept()
    {
        var lines = new[] { "{}", "bad", "", "{\"a\":1}", "\u0001", "bad" };
        var bytes = Encoding.UTF8.GetBytes(string.Join("\n", lines));
        bytes[Array.IndexOf(bytes, (byte)1)] = 0xFF;
        await File.WriteAllBytesAsync(LicenceFile, bytes);
        var run = await RunAsync("licence", "import", LicenceFile, "--json");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        using var result = JsonDocument.Parse(run.Out);
        var refused = result.RootElement.GetProperty("refused").EnumerateArray()
            .Select(line => (line.GetProperty("lineNumber").GetString(), line.GetProperty("reason").GetString()));
        Assert.That(refused, Is.EquivalentTo(new[] { ("2", "wrong check digit"), ("5", "not UTF-8 text"), ("6", "wrong check digit") }));
        Assert.That(result.RootElement.GetProperty("lines").GetString(), Is.EqualTo("5"));
        Assert.That(result.RootElement.GetProperty("created").GetString(), Is.EqualTo("2"));
        Assert.That(result.RootElement.GetProperty("refusedCount").GetString(), Is.EqualTo("3"));
        Assert.That(_received.Select(line => line.Number), Is.EqualTo(new[] { 1L, 2, 4, 6 }));
        Assert.That(run.Error, Does.Contain("line 2: holder.code: wrong check digit").And.Contains("line 5: not UTF-8 text"));
    }

    [Test]
    public async Task Import_NoSuchFile_IsExit2AndNamesIt()
    {
        var run = await RunAsync("licence", "import", LicenceFile);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain($"The file {LicenceFile} does not exist."));
    }

    [Test]
    public async Task Import_EmptyFile_IsExit0()
    {
        await File.WriteAllTextAsync(LicenceFile, "");
        var run = await RunAsync("licence", "import", LicenceFile);
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Out, Does.Contain("0 lines"));
    }

    [Test]
    public async Task Import_NodeStopsHalfway_SaysHowFarItCame()
    {
        await File.WriteAllLinesAsync(LicenceFile, Enumerable.Range(0, 5000).Select(i => $"{{\"n\":{i}}}"));
        var good = Node.OnImport;
        Node.OnImport = request => request.FirstLineNumber > 1 ? throw new RpcException(new Status(StatusCode.Unavailable, "shutting down")) : good(request);
        var run = await RunAsync("licence", "import", LicenceFile);
        Assert.That(run.ExitCode, Is.EqualTo(3));
        Assert.That(run.Error, Does.Contain("500 lines are dealt with").And.Contains("shutting down"));
    }

    [Test]
    public async Task Import_BrokenOff_GoesOnWhereItWas()
    {
        var run = await BreakOffAsync(3_000, at: 1_501);
        Assert.That(run.Error, Does.Contain("1500 lines are dealt with").And.Contains("goes on at line 1501"));
        Assert.That(File.Exists(Progress), Is.True);

        var second = await RunAsync("licence", "import", LicenceFile);

        Assert.That(second.ExitCode, Is.Zero);
        Assert.That(second.Error, Does.Contain("up to line 1500"));
        Assert.That(second.Out, Does.Contain("3000 lines: 3000 new"));
        Assert.That(_received.Select(line => line.Number), Is.EqualTo(Enumerable.Range(1_501, 1_500)));
        Assert.That(File.Exists(Progress), Is.False);
    }

    [Test]
    public async Task Import_BrokenOffAndRestarted_BeginsAtTheFirstLine()
    {
        await BreakOffAsync(1_000, at: 501);

        var run = await RunAsync("licence", "import", LicenceFile, "--restart");

        Assert.That((run.ExitCode, _received.Count), Is.EqualTo((0, 1_000)));
        Assert.That(run.Out, Does.Contain("1000 lines: 1000 new"));
    }

    // A line that was mended where the import had been already must not be passed over.
    [Test]
    public async Task Import_FileChangedSince_BeginsAtTheFirstLine()
    {
        await BreakOffAsync(1_000, at: 501);
        var lines = await File.ReadAllLinesAsync(LicenceFile);
        lines[7] = "{\"n\":9}";
        await File.WriteAllLinesAsync(LicenceFile, lines);

        var run = await RunAsync("licence", "import", LicenceFile);

        Assert.That(run.Error, Does.Contain("was changed in its first 500 lines"));
        Assert.That((run.ExitCode, _received.Count), Is.EqualTo((0, 1_000)));
    }

    [Test]
    public async Task Import_FileHasGrownSince_GoesOn()
    {
        await BreakOffAsync(1_000, at: 501);
        await File.AppendAllTextAsync(LicenceFile, "{}\n");

        var run = await RunAsync("licence", "import", LicenceFile);

        Assert.That((run.ExitCode, _received.Count), Is.EqualTo((0, 501)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Import_NodeHasLostTheLines_BeginsAtTheFirstLine(bool hasOther)
    {
        await BreakOffAsync(1_000, at: 501);
        Node.OnChanges = request => hasOther
            ? new ListStatusChangesResponse { Changes = { new StatusChange { Seq = request.FromSeq, Hash = Google.Protobuf.ByteString.CopyFrom(new byte[32]) } } }
            : new ListStatusChangesResponse();

        var run = await RunAsync("licence", "import", LicenceFile);

        Assert.That(run.Error, Does.Contain("does not have change 500").And.Contains("older backup"));
        Assert.That((run.ExitCode, _received.Count), Is.EqualTo((0, 1_000)));
    }

    [Test]
    public async Task Import_OtherNodeSince_BeginsAtTheFirstLine()
    {
        await BreakOffAsync(1_000, at: 501);
        await File.WriteAllTextAsync(Progress, (await File.ReadAllTextAsync(Progress)).Replace(new Uri(Node.Address).AbsoluteUri, "https://node.example/", StringComparison.Ordinal));

        var run = await RunAsync("licence", "import", LicenceFile);

        Assert.That(run.Error, Does.Contain("went to https://node.example/"));
        Assert.That((run.ExitCode, _received.Count), Is.EqualTo((0, 1_000)));
    }

    [Test]
    public async Task Import_ProgressDamaged_BeginsAtTheFirstLine()
    {
        await BreakOffAsync(1_000, at: 501);
        await File.WriteAllTextAsync(Progress, "{\"version\":1,");

        Assert.That((await RunAsync("licence", "import", LicenceFile)).ExitCode, Is.Zero);
        Assert.That(_received, Has.Count.EqualTo(1_000));
    }

    [Test]
    public async Task Import_LinesRefused_AreInTheReportByNumberFieldAndReason()
    {
        await File.WriteAllTextAsync(LicenceFile, "{}\nbad\n{}\nbad\n");

        var run = await RunAsync("licence", "import", LicenceFile);

        Assert.That(run.Error, Does.Contain($"The 2 refused lines are in {LicenceFile}.refused.jsonl"));
        Assert.That(await File.ReadAllLinesAsync($"{LicenceFile}.refused.jsonl"), Is.EqualTo(new[]
        {
            """{"line":2,"field":"holder.code","reason":"wrong check digit"}""", """{"line":4,"field":"holder.code","reason":"wrong check digit"}""",
        }));
    }

    [Test]
    public async Task Import_NothingRefusedThisTime_LeavesNoReportOfTheLastTime()
    {
        await File.WriteAllTextAsync(LicenceFile, "bad\n");
        await RunAsync("licence", "import", LicenceFile);
        await File.WriteAllTextAsync(LicenceFile, "{}\n");
        await RunAsync("licence", "import", LicenceFile);

        Assert.That(File.Exists($"{LicenceFile}.refused.jsonl"), Is.False);
    }

    // What an import wrote into the report between its last kept progress and its sudden end comes again, once.
    [Test]
    public async Task Import_GoesOnAfterASuddenEnd_ReportsEachRefusedLineOnce()
    {
        await BreakOffAsync(1_500, at: 1_001, bad: [3, 700, 1_200]);
        await File.AppendAllTextAsync($"{LicenceFile}.refused.jsonl", """{"line":1200,"field":"holder.code","reason":"wrong check digit"}""" + "\n{\"line\":13");

        var run = await RunAsync("licence", "import", LicenceFile);

        var reported = (await File.ReadAllLinesAsync($"{LicenceFile}.refused.jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("line").GetInt64());
        Assert.That(reported, Is.EqualTo(new[] { 3L, 700, 1_200 }));
        Assert.That(run.Out, Does.Contain("1500 lines: 1497 new").And.Contains("3 refused"));
        Assert.That(run.ExitCode, Is.EqualTo(2));
    }

    [Test]
    public async Task Import_ReportCannotBeWritten_IsExit2AndNamesIt()
    {
        await File.WriteAllTextAsync(LicenceFile, "bad\n");
        var report = Path.Combine(Folder, "none", "report.jsonl");

        var run = await RunAsync("licence", "import", LicenceFile, "--report", report);

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain(report).And.Contains("--report"));
    }

    [Test]
    public async Task Import_NotTheAuthority_IsExit3WithTheReason()
    {
        await File.WriteAllTextAsync(LicenceFile, "{}");
        Node.OnImport = _ => throw new RpcException(new Status(StatusCode.PermissionDenied, "needs role authority"));
        var run = await RunAsync("licence", "import", LicenceFile);
        Assert.That(run.ExitCode, Is.EqualTo(3));
        Assert.That(run.Error, Does.Contain("needs role authority"));
    }

    [Test]
    public async Task ReadAsync_LineTooLong_SpoilsItselfOnly()
    {
        var text = "a\n" + new string('x', 3 * ImportFile.MaxLine) + "\r\nb\r\n" + new string('y', 2 * ImportFile.MaxLine);
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var lines = await ImportFile.ReadAsync(stream, default, Language.En).ToListAsync();
        Assert.That(lines.Select(line => (line.Number, TextOf(line))), Is.EqualTo(new[] { (1L, "a"), (2L, null), (3L, "b"), (4L, (string?)null) }));
        Assert.That(lines[^1].End, Is.EqualTo(text.Length));
    }

    [Test]
    public async Task ReadAsync_ByteOrderMarkAndBlankLines_AreNotLines()
    {
        using var stream = new MemoryStream([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("{}\n\n  \n[]\n\n")]);
        var lines = await ImportFile.ReadAsync(stream, default, Language.En).ToListAsync();
        Assert.That(lines.Select(line => (line.Number, TextOf(line))), Is.EqualTo(new[] { (1L, "{}"), (4L, "[]") }));
    }

    private static string? TextOf(ImportLine line) => line.Utf8 is null ? null : Encoding.UTF8.GetString(line.Utf8);
}
