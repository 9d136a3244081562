using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Operations;
using CrossProvince.Service.Presenting;
using CrossProvince.Service.Verifying;

namespace CrossProvince.Service.Tests.Operations;

/// <summary>An organisation finds its own records, all of them, and nobody else's.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class VerificationHistoryTests(bool postgres) : OperationsFixture(postgres)
{
    private static readonly UsePage s_first = UsePage.TryParse("", out var page) ? page : default;

    private List<VerificationRecord> _own = [];
    private List<VerificationRecord> _byCertificate = [];
    private VerificationHistory _history = null!;

    [SetUp]
    public async Task FillAsync()
    {
        var records = Make(0, 400);
        await RecordAsync(records);
        _own = [.. records.Where(r => r.Caller == $"operator:{Organisation}").OrderByDescending(r => r.Time).ThenByDescending(r => r.VerificationId, StringComparer.Ordinal)];
        _byCertificate = [.. records.Where(r => r.Caller == $"urn:crossprovince:110000:verifier:{Organisation}")];
        Assert.That(_own, Has.Count.GreaterThan(60));
        _history = new VerificationHistory(Database, Spool, RegionCode.Parse("110000"));
    }

    // Many records share a moment: a page may end between two of them.
    [Test]
    public async Task SearchAsync_PageByPage_EveryRecordOnceNewestFirst()
    {
        foreach (var size in new[] { 7, 50 })
        {
            var found = new List<string>();
            var token = "";
            do
            {
                Assert.That(UsePage.TryParse(token, out var page), Is.True);
                (var rows, token) = await _history.SearchAsync(Everything with { Page = page, Size = size }, CancellationToken.None);
                Assert.That(rows, Has.Count.LessThanOrEqualTo(size));
                found.AddRange(rows.Select(r => r.VerificationId));
            }
            while (token.Length > 0);

            Assert.That(found, Is.EqualTo(_own.Select(r => r.VerificationId)));
        }
    }

    [Test]
    public async Task SearchAsync_Span_FirstMomentIsInItAndEndIsNot()
    {
        var (from, until) = (_own[^20].Time, _own[10].Time);

        await ExpectAsync(Everything with { From = from, Until = until }, r => r.Time >= from && r.Time < until);
    }

    [Test]
    public async Task SearchAsync_Text_IsTakenAsItStands()
    {
        foreach (var text in new[] { "m7", "窗口-2", "A_1", "A%1", @"A\1", "' OR '1'='1" })
        {
            await ExpectAsync(Everything with { Text = text }, r => new[] { r.MatterCode, r.CaseNumber, r.TerminalId }.Any(v => v.Contains(text, StringComparison.Ordinal)));
        }
    }

    [Test]
    public Task SearchAsync_BeginOfAnId_FindsIt() => ExpectAsync(Everything with { Text = _own[3].VerificationId[..20] }, r => r.VerificationId.StartsWith(_own[3].VerificationId[..20], StringComparison.Ordinal));

    [Test]
    public Task SearchAsync_TerminalAndVerdict_FindsBoth() => ExpectAsync(
        Everything with { Terminal = "窗口-1", Verdict = Verdict.Revoked }, r => r is { TerminalId: "窗口-1", Verdict: Verdict.Revoked });

    [Test]
    public async Task SearchAsync_AnotherOrganisation_FindsNothingOfThisOne()
    {
        var (rows, _) = await _history.SearchAsync(Everything with { Organisation = Stranger }, CancellationToken.None);

        Assert.That(rows.Select(r => r.VerificationId).Intersect(_own.Select(r => r.VerificationId)), Is.Empty);
        Assert.That(rows, Is.Not.Empty);
        Assert.That((await _history.SearchAsync(Everything with { Organisation = "%" }, CancellationToken.None)).Rows, Is.Empty);
    }

    [Test]
    public async Task FindAsync_OwnId_IsFoundAndAnothersIsNot()
    {
        foreach (var record in _own.Take(10).Concat(_byCertificate.Take(10)))
        {
            Assert.That((await _history.FindAsync(Organisation, record.VerificationId, CancellationToken.None))?.CaseNumber, Is.EqualTo(record.CaseNumber));
            Assert.That(await _history.FindAsync(Stranger, record.VerificationId, CancellationToken.None), Is.Null);
        }
    }

    // Ids of before were made when the scan came, and its time is when it was judged.
    [Test]
    public async Task FindAsync_IdFromAMomentBefore_IsFound()
    {
        var record = Make(9_000) with { Caller = $"operator:{Organisation}" };
        record = record with { VerificationId = Guid.CreateVersion7(DateTimeOffset.FromUnixTimeMilliseconds(record.Time - 4_000)).ToString("N") };
        await RecordAsync([record]);

        Assert.That((await _history.FindAsync(Organisation, record.VerificationId, CancellationToken.None))?.Time, Is.EqualTo(record.Time));
    }

    private static VerificationSearch Everything => new(Organisation, 0, End.ToUnixTimeMilliseconds(), "", "", null, s_first, 500);

    private async Task ExpectAsync(VerificationSearch search, Func<VerificationRecord, bool> expected)
    {
        var (rows, next) = await _history.SearchAsync(search, CancellationToken.None);

        Assert.That(rows.Select(r => r.VerificationId), Is.EqualTo(_own.Where(expected).Select(r => r.VerificationId)));
        Assert.That(next, Is.Empty);
    }
}
