using System.Text;
using CrossProvince.Core.Status;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Presenting;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.StatusIndex.Auditing;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Sealing;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Licences;
using CrossProvince.Service.Tests.Nodes;
using Dapper;
using DbUp;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Service.Tests.Storage.Sealing;

/// <summary>The database of a program that wrote names in plain text is carried over whole, and nothing of them stays in it.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class PlainRowsTests(bool isPostgres)
{
    /// <summary>More than one transaction takes.</summary>
    private const int Licences = 301;

    private static readonly Party s_guardian = new("欧阳监护", "110101197001010012", "111");

    private readonly Backend _backend = isPostgres ? Backend.Postgres : Backend.Sqlite;
    private string _folder = "";
    private string _database = "";

    [SetUp]
    public void MakeFolder()
    {
        _folder = Directory.CreateTempSubdirectory("crossprovince-").FullName;
        _database = isPostgres ? Servers.Postgres.NewDatabase() : $"Data Source={Path.Combine(_folder, "node.db")}";
        StorageMaintenance.NewKey(new NewStorageKey(KeysFile));
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    private string KeysFile => Path.Combine(_folder, "storage.keys");

    [Test]
    public async Task Build_DatabaseOfBefore_CarriesAllOverAndLeavesNothingPlain()
    {
        await WriteOldAsync();
        Assert.That((await DumpAsync()).Has("欧阳监护"u8), Is.True, "what the old program wrote is in plain text");

        await using var node = BuiltNode.Build(_backend, database: _database, keyFile: KeysFile);
        await node.StartIndexAsync();

        var dump = await DumpAsync();
        foreach (var text in new[] { "王小明", "欧阳监护", s_guardian.Code, Make(node, 1).Number, Make(node, Licences).Number, Make(node, 7).Id.ToString(), "旧备注" })
        {
            Assert.That(dump.Has(Encoding.UTF8.GetBytes(text)), Is.False, text);
        }

        await CheckAsync(node);
    }

    [Test]
    public async Task Build_InterruptedHalfWay_GoesOnThere()
    {
        await WriteOldAsync();
        await using (var database = new Database(_database))
        {
            database.Prepare();
            var ring = KeyFile.Read(KeysFile);
            var interrupted = Assert.Throws<InvalidOperationException>(() => database.RunAlone(connection =>
            {
                KeyRegister.Add(connection, ring);
                PlainRows.Seal(connection, database, ring, (_, left) => _ = left < Licences ? throw new InvalidOperationException("the power is cut") : 0);
            }));
            Assert.That(interrupted!.Message, Is.EqualTo("the power is cut"));
            await using var connection = await database.OpenAsync(CancellationToken.None);
            Assert.That(await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM licences"), Is.EqualTo(250));
        }

        await using var node = BuiltNode.Build(_backend, database: _database, keyFile: KeysFile);
        await node.StartIndexAsync();

        Assert.That((await DumpAsync()).Has("王小明"u8), Is.False);
        await CheckAsync(node);
    }

    private async Task CheckAsync(BuiltNode node)
    {
        var store = node.Services.GetRequiredService<LicenceStore>();
        await using var connection = await node.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        for (var n = 1; n <= Licences; n += 100)
        {
            var expected = Make(node, n);
            var found = (await store.FindAsync(connection, expected.Id.ToString()))!;
            Assert.That((found.Record.Holder, found.Record.Number, found.Record.Fields["sex"], found.StatusNote, found.Row), Is.EqualTo((expected.Holder, expected.Number, "男", n == 1 ? "旧备注" : "", (long)n)));
        }

        var shown = await store.ListShowableAsync(connection, s_guardian.Person);
        Assert.That(shown.Single().Record.Guardians, Is.EqualTo(new[] { s_guardian }));
        var showing = await node.Services.GetRequiredService<GroupCommit>().RunAsync(transaction => ShowingStore.FindAsync(transaction, new(77), 1));
        var keys = node.Services.GetRequiredService<KeyRing>();
        Assert.That((showing!.LicenceRow, showing.LastCode, keys.IsHashOf(s_guardian.Person, showing.PresenterHash)), Is.EqualTo((1L, 4, true)));

        var again = await node.Services.GetRequiredService<LicenceRegister>().ImportAsync([Make(node, 5), Make(node, 6)]);
        Assert.That(again.Select(outcome => outcome.Outcome), Is.All.EqualTo(ImportOutcome.Unchanged));
        var report = await StatusAudit.RunAsync(node.Arguments, [], CancellationToken.None);
        Assert.That((report.Difference, report.Licences), Is.EqualTo(((StatusDifference?)null, (long)Licences)));
        var plain = isPostgres ? "SELECT COUNT(*) FROM pg_tables WHERE tablename LIKE 'plain_%'" : "SELECT COUNT(*) FROM sqlite_master WHERE name LIKE 'plain_%'";
        Assert.That(await connection.ExecuteScalarAsync<long>(plain), Is.Zero);
    }

    private static LicenceRecord Make(BuiltNode node, int n) => LicenceRecords.Make(node.Services.GetRequiredService<NodeSettings>().Catalogue, n);

    /// <summary>Writes as the program before 0005 did: licences with an entry and a change each, one with a guardian and a showing of hers.</summary>
    private async Task WriteOldAsync()
    {
        var upgrade = isPostgres ? DeployChanges.To.PostgresqlDatabase(_database) : DeployChanges.To.SqliteDatabase(_database);
        var result = upgrade
            .WithScriptsEmbeddedInAssembly(typeof(Database).Assembly, name => name.Contains($".Migrations.{(isPostgres ? "Postgres" : "Sqlite")}.", StringComparison.Ordinal) && IsBefore(name))
            .WithTransactionPerScript().LogToNowhere().Build().PerformUpgrade();
        Assert.That(result.Successful, Is.True, result.Error?.Message);

        await using var database = new Database(_database);
        await using var commits = new GroupCommit(database, Microsoft.Extensions.Logging.Abstractions.NullLogger<GroupCommit>.Instance);
        var catalogue = Core.Catalogue.LicenceCatalogue.Parse(File("licence-types.json"), File("scenarios.json"), File("recognitions.json"));
        await commits.RunAsync(async transaction =>
        {
            var connection = transaction.Connection!;

            // The writer of today asks for what 0006 adds.
            await connection.ExecuteAsync("ALTER TABLE status_chain ADD COLUMN held INTEGER NOT NULL DEFAULT 0; ALTER TABLE status_chain ADD COLUMN seen_seq BIGINT NULL", transaction: transaction);
            var chain = await StatusChainWriter.OpenAsync(transaction);
            await connection.ExecuteAsync("INSERT INTO lists (list_number, allocated) VALUES (0, @Licences)", new { Licences }, transaction);
            for (var n = 1; n <= Licences; n++)
            {
                var record = LicenceRecords.Make(catalogue, n);
                var (id, display) = (record.Id.ToString(), record.Display.Encode());
                var tag = EntryTag.Compute(Core.Identifiers.RegionCode.Parse("110000"), 0, n, record.TypeNumber, display);
                var seq = chain.Append(n, 0, n, LicenceStatus.InForce, tag, StatusReason.None);
                await connection.ExecuteAsync(
                    """
                    INSERT INTO licences (licence_id, type_number, number, holder_name, holder_code, holder_code_type, issuer_name, issuer_code, issued_on, valid_from, valid_until,
                        status_raw, status_note, fields, display, list_number, list_index, status, reason_code, tag, last_seq)
                    VALUES (@id, @type, @number, @name, @code, '111', @issuer, @issuerCode, @issued, @from, @until, 'valid', @note, @fields, @display, 0, @n, 0, 0, @tag, @seq)
                    """,
                    new
                    {
                        id,
                        type = record.TypeNumber,
                        number = record.Number,
                        name = record.Holder.Name,
                        code = record.Holder.Code,
                        issuer = record.Issuer.Name,
                        issuerCode = record.Issuer.Code,
                        issued = record.IssuedOn,
                        from = record.ValidFrom,
                        until = record.ValidUntil,
                        note = n == 1 ? "旧备注" : "",
                        fields = """{"sex":"男"}""",
                        display,
                        n,
                        tag = tag.ToBytes(),
                        seq,
                    },
                    transaction);
                await connection.ExecuteAsync("INSERT INTO list_entries (list_number, list_index, licence_id) VALUES (0, @n, @id)", new { n, id }, transaction);
            }

            var first = LicenceRecords.Make(catalogue, 1).Id.ToString();
            await connection.ExecuteAsync(
                "INSERT INTO licence_parties (licence_id, presenter, code, code_type, name) VALUES (@first, 1, @Code, @CodeType, @Name)", new { first, s_guardian.Code, s_guardian.CodeType, s_guardian.Name }, transaction);
            await connection.ExecuteAsync(
                """
                INSERT INTO showings (showing, licence_id, list_number, list_index, scenario, presenter, presenter_code, presenter_code_type, first_issued_at, last_expires_at, last_code, withdrawn_at)
                VALUES (77, @first, 0, 1, 1, 1, @Code, @CodeType, 1000, 2000, 4, NULL)
                """,
                new { first, s_guardian.Code, s_guardian.CodeType }, transaction);
            await chain.CloseAsync();
            await connection.ExecuteAsync("ALTER TABLE status_chain DROP COLUMN held; ALTER TABLE status_chain DROP COLUMN seen_seq", transaction: transaction);
        });

        static Core.Catalogue.CatalogueFile File(string name) => new(name, System.IO.File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "catalogue", name)));
    }

    private static bool IsBefore(string script)
    {
        var number = script.Split('.')[^2][..4];
        return string.CompareOrdinal(number, "0005") < 0;
    }

    private async Task<RawDatabase> DumpAsync()
    {
        await using var database = new Database(_database);
        await using var connection = await database.OpenAsync(CancellationToken.None);
        return await RawDatabase.ReadAsync(connection);
    }
}
