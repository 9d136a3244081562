using System.Text;
using CrossProvince.Core.Presentation;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Presenting;
using CrossProvince.Service.StatusIndex.Auditing;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Sealing;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Licences;
using CrossProvince.Service.Tests.Nodes;
using Dapper;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Service.Tests.Storage.Sealing;

/// <summary>Whoever has the database alone learns who nobody is; whoever has the keys finds everybody.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class SealedFieldsTests(bool isPostgres)
{
    private static readonly Party s_guardian = new("欧阳监护", "110101197001010012", "111");
    private static readonly Party s_agent = new("司徒经办", "E12345678", "414");

    private readonly Backend _backend = isPostgres ? Backend.Postgres : Backend.Sqlite;
    private string _keyFile = "";
    private BuiltNode _node = null!;

    private LicenceRegister Register => _node.Services.GetRequiredService<LicenceRegister>();

    private LicenceStore Licences => _node.Services.GetRequiredService<LicenceStore>();

    [SetUp]
    public async Task BuildAsync()
    {
        _keyFile = Path.Combine(Directory.CreateTempSubdirectory("crossprovince-keys-").FullName, "storage.keys");
        StorageMaintenance.NewKey(new NewStorageKey(_keyFile));
        _node = BuiltNode.Build(_backend, keyFile: _keyFile);
        await _node.StartIndexAsync();
    }

    [TearDown]
    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(_keyFile)!, recursive: true);
    }

    [Test]
    public async Task Database_SearchedForPersons_HoldsNone()
    {
        const string Note = "因持证人司马小二死亡";
        var record = Make(1) with { Guardians = [s_guardian], Agents = [s_agent] };
        await ImportAsync(record, Make(2));
        await Register.ChangeStatusesAsync([new StatusOrder(record.Id, NormalisedStatus.Suspended, Note)], _ => true, CancellationToken.None);
        var stored = (await FindAsync(record))!;
        var keys = _node.Services.GetRequiredService<KeyRing>();
        await _node.Services.GetRequiredService<GroupCommit>().RunAsync(transaction => ShowingStore.InsertAsync(transaction, Showing(stored, keys)));
        var secret = await _node.Services.GetRequiredService<NodeSecrets>().GetAsync(NodeSecrets.RecordCache, CancellationToken.None);

        var dump = await DumpAsync();

        var persons = new[] { record.Holder, s_guardian, s_agent };
        byte[][] planted =
        [
            .. persons.SelectMany(p => new[] { p.Name, p.Code }).Append(record.Number).Append(record.Fields["address"]).Append(record.Id.Serial).Append(Note).Select(Encoding.UTF8.GetBytes),
            secret,
        ];
        foreach (var value in planted)
        {
            Assert.That(dump.Has(value), Is.False, "a planted value is there in plain text");
        }

        // Otherwise it would find nothing whatever is there.
        Assert.That(dump.Has(Encoding.UTF8.GetBytes(record.Issuer.Name)), Is.True);
        Assert.That(dump.Has(stored.Tag.ToBytes()), Is.True);
        Assert.That((stored.StatusNote, stored.Record.Holder, stored.Record.Guardians[0], stored.Record.Agents[0]), Is.EqualTo((Note, record.Holder, s_guardian, s_agent)));
    }

    [Test]
    public async Task ListShowableAsync_HolderGuardianAgent_FindsTheirs()
    {
        await ImportAsync(Make(1) with { Guardians = [s_guardian] }, Make(2) with { Agents = [s_agent], Guardians = [s_guardian] }, Make(3));

        Assert.That(await ShowableAsync(Make(1).Holder.Person), Is.EqualTo(new[] { Make(1).Id }));
        Assert.That(await ShowableAsync(s_guardian.Person), Is.EqualTo(new[] { Make(1).Id, Make(2).Id }));
        Assert.That(await ShowableAsync(s_agent.Person), Is.EqualTo(new[] { Make(2).Id }));
        Assert.That(await ShowableAsync(s_agent.Person with { CodeType = "111" }), Is.Empty, "The same code of another type is another person.");
        Assert.That(await ShowableAsync(Make(4).Holder.Person), Is.Empty);
    }

    [Test]
    public async Task ImportAsync_PartiesChanged_FindsTheNewOnesOnly()
    {
        await ImportAsync(Make(1) with { Guardians = [s_guardian] });

        await ImportAsync(Make(1) with { Agents = [s_agent] });

        Assert.That((await ShowableAsync(s_guardian.Person), await ShowableAsync(s_agent.Person)), Is.EqualTo((Array.Empty<object>(), new[] { Make(1).Id })));
    }

    [TestCase("UPDATE licences SET sealed = (SELECT sealed FROM licences WHERE licence_row = 2) WHERE licence_row = 1")]
    [TestCase("UPDATE licences SET status_note = sealed WHERE licence_row = 1")]
    [TestCase("UPDATE licences SET status_note = tag WHERE licence_row = 1")]
    public async Task FindAsync_ValueMoved_IsRefusedAndTheOthersGoOn(string tampering)
    {
        await ImportAsync(Make(1) with { Guardians = [s_guardian] }, Make(2) with { Guardians = [s_guardian] });
        await ExecuteAsync(tampering);

        Assert.That(async () => await FindAsync(Make(1)), Throws.TypeOf<SealedDataException>().With.Message.Contains("of licence_row 1 cannot be opened"));
        Assert.That((await FindAsync(Make(2)))!.Record.Holder, Is.EqualTo(Make(2).Holder));
        Assert.That(await ShowableAsync(s_guardian.Person), Is.EqualTo(new[] { Make(2).Id }));

        var outcomes = await Register.ImportAsync([Make(1) with { Agents = [s_agent] }, Make(2) with { Agents = [s_agent] }]);
        Assert.That(outcomes[0].Refusal, Does.StartWith("stands for a licence that cannot be read.").And.Contain("licence_row 1"));
        Assert.That(outcomes[1], Is.EqualTo((ImportOutcome.Updated, (string?)null)));
        var ended = await Register.ChangeStatusesAsync([new StatusOrder(Make(1).Id, NormalisedStatus.Revoked, "test")], _ => true, CancellationToken.None);
        Assert.That(ended[0].Changed, Is.True, "What cannot be read can be ended.");
    }

    [Test]
    public async Task Database_SealedAndChanged_PassesTheAudit()
    {
        await ImportAsync(Make(1), Make(2));
        await ImportAsync(Make(1) with { Agents = [s_agent] }, LicenceRecords.Make(Catalogue, 2, name: "李小明"));

        var report = await StatusAudit.RunAsync(_node.Arguments, [], CancellationToken.None);

        Assert.That((report.Difference, report.Licences, report.Entries), Is.EqualTo(((StatusDifference?)null, 2L, 3L)));
    }

    private Core.Catalogue.LicenceCatalogue Catalogue => _node.Services.GetRequiredService<NodeSettings>().Catalogue;

    private LicenceRecord Make(int n) => LicenceRecords.Make(Catalogue, n) with { Fields = new SortedDictionary<string, string> { ["address"] = "北京市通州区样本路88号" } };

    private static Showing Showing(StoredLicence licence, KeyRing keys) => new()
    {
        Id = ShowingId.Create(),
        LicenceRow = licence.Row,
        List = licence.List,
        Index = licence.Index,
        Scenario = 1,
        Presenter = Presenter.Guardian,
        PresenterHash = keys.HashOf(s_guardian.Person),
        FirstIssuedAt = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
        LastExpiresAt = 2,
        LastCode = 0,
        WithdrawnAt = null,
    };

    private async Task ImportAsync(params LicenceRecord[] records) =>
        Assert.That((await Register.ImportAsync(records)).Select(outcome => outcome.Refusal), Is.All.Null);

    private async Task<StoredLicence?> FindAsync(LicenceRecord record)
    {
        await using var connection = await _node.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        return await Licences.FindAsync(connection, record.Id.ToString());
    }

    private async Task<IEnumerable<object>> ShowableAsync(Person person)
    {
        await using var connection = await _node.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        return (await Licences.ListShowableAsync(connection, person)).Select(licence => (object)licence.Record.Id).ToArray();
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = await _node.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync(sql);
    }

    private async Task<RawDatabase> DumpAsync()
    {
        await using var connection = await _node.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        return await RawDatabase.ReadAsync(connection);
    }
}
