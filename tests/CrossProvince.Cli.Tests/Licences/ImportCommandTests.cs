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

            return total.Clone();
        };
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
        var lines = await ImportFile.ReadAsync(stream, Language.En).ToListAsync();
        Assert.That(lines.Select(line => (line.Number, line.Text)), Is.EqualTo(new[] { (1L, "a"), (2L, null), (3L, "b"), (4L, (string?)null) }));
        Assert.That(lines[^1].End, Is.EqualTo(text.Length));
    }

    [Test]
    public async Task ReadAsync_ByteOrderMarkAndBlankLines_AreNotLines()
    {
        using var stream = new MemoryStream([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("{}\n\n  \n[]\n\n")]);
        var lines = await ImportFile.ReadAsync(stream, Language.En).ToListAsync();
        Assert.That(lines.Select(line => (line.Number, line.Text)), Is.EqualTo(new[] { (1L, "{}"), (4L, "[]") }));
    }
}
