using CrossProvince.Service.Hosting;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Sealing;
using CrossProvince.Service.Tests.Backends;
using CrossProvince.Service.Tests.Licences;
using CrossProvince.Service.Tests.Nodes;
using Dapper;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Service.Tests.Storage.Sealing;

/// <summary>A node starts with the keys of its database only, and keys are changed while nodes run.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class StorageKeysTests(bool isPostgres)
{
    private readonly Backend _backend = isPostgres ? Backend.Postgres : Backend.Sqlite;
    private string _folder = "";
    private BuiltNode _node = null!;

    private string KeysFile => Path.Combine(_folder, "storage.keys");

    [SetUp]
    public async Task BuildAsync()
    {
        _folder = Directory.CreateTempSubdirectory("crossprovince-keys-").FullName;
        StorageMaintenance.NewKey(new NewStorageKey(KeysFile));
        _node = BuiltNode.Build(_backend, keyFile: KeysFile);
        await _node.StartIndexAsync();
    }

    [TearDown]
    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void Build_OtherKeysOfTheSameNames_IsRefused()
    {
        var other = Path.Combine(_folder, "other.keys");
        StorageMaintenance.NewKey(new NewStorageKey(other));

        Assert.That(() => BuiltNode.Build(_backend, _node, keyFile: other), Throws.TypeOf<ConfigurationException>().With.Message.StartsWith("Storage:KeyFile has another key under the name of data key '1'"));
    }

    [Test]
    public void Build_OtherKeys_IsRefused()
    {
        var other = Path.Combine(_folder, "other.keys");
        StorageMaintenance.NewKey(new NewStorageKey(other) { Id = "mine" });

        Assert.That(() => BuiltNode.Build(_backend, _node, keyFile: other), Throws.TypeOf<ConfigurationException>().With.Message.StartsWith("Storage:KeyFile lacks data key '1', which rows of this database need"));
        Assert.That(ListKeys(), Is.EqualTo(new[] { "seal 1 in-use", "look-up 1 in-use" }), "What was refused has left nothing.");
    }

    [Test]
    public void Build_OtherLookUpKey_IsRefused()
    {
        var other = Path.Combine(_folder, "other.keys");
        StorageMaintenance.NewKey(new NewStorageKey(other));
        File.WriteAllLines(other, [File.ReadLines(KeysFile).First(), File.ReadLines(other).Last()]);

        Assert.That(() => BuiltNode.Build(_backend, _node, keyFile: other), Throws.TypeOf<ConfigurationException>().With.Message.Contains("another key under the name of look-up key '1'"));
    }

    [Test]
    public async Task Build_NewKeyBeside_OpensWhatBothWrote()
    {
        await ImportAsync(_node, 1, 1);
        StorageMaintenance.NewKey(new NewStorageKey(KeysFile) { MakeCurrent = true, UseSm = true });
        await using var second = BuiltNode.Build(_backend, _node, keyFile: KeysFile);
        await second.StartIndexAsync();
        await ImportAsync(second, 2, 1);

        Assert.That((await FindAsync(second, 1))!.Record.Holder, Is.EqualTo(Make(1).Holder));
        Assert.That((await FindAsync(second, 2))!.Record.Holder, Is.EqualTo(Make(2).Holder));
        Assert.That(async () => await FindAsync(_node, 2), Throws.TypeOf<SealedDataException>().With.Message.Contains("needs data key '2', which the key file does not have"));
        Assert.That((await FindAsync(_node, 1))!.Record.Holder, Is.EqualTo(Make(1).Holder));
    }

    [Test]
    public void RewrapAsync_KeyThatNoNodeHas_IsRefusedUnlessAllAreStopped()
    {
        StorageMaintenance.NewKey(new NewStorageKey(KeysFile) { MakeCurrent = true });

        Assert.That(async () => await RewrapAsync(), Throws.TypeOf<ConfigurationException>().With.Message.Contains("data key '2' as current, with which no node has started yet"));
        Assert.That(async () => (await RewrapAsync(nodesStopped: true)).Unused, Is.EqualTo(new[] { "data key '1'" }));
    }

    // Two nodes write and read while data key and look-up key are replaced; then the old ones are taken out of the file.
    [Test]
    public async Task RewrapAsync_WhileNodesWrite_LosesNothingAndNeedsTheOldKeysNoMore()
    {
        const int Before = 300;
        const int Meanwhile = 90;
        var guardian = new Party("欧阳监护", "110101197001010012", "111");
        await ImportAsync(_node, 0, Before);
        await _node.Services.GetRequiredService<LicenceRegister>().ImportAsync([Make(1) with { Guardians = [guardian] }]);
        var secret = await _node.Services.GetRequiredService<NodeSecrets>().GetAsync(NodeSecrets.RecordCache, CancellationToken.None);
        StorageMaintenance.NewKey(new NewStorageKey(KeysFile) { MakeCurrent = true });
        StorageMaintenance.NewKey(new NewStorageKey(KeysFile) { IsLookUp = true, MakeCurrent = true, UseSm = true });
        await using var second = BuiltNode.Build(_backend, _node, keyFile: KeysFile);
        await using var third = BuiltNode.Build(_backend, _node, keyFile: KeysFile);
        await second.StartIndexAsync();
        await third.StartIndexAsync();

        var writing = new[] { (Node: second, First: 10_000), (Node: third, First: 20_000) }.Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < Meanwhile; i += 10)
            {
                // New ones, and ones that are being sealed anew at the same time.
                await ImportAsync(w.Node, w.First + i, 10);
                await w.Node.Services.GetRequiredService<LicenceRegister>().ImportAsync([.. Enumerable.Range(i * 3, 5).Select(n => Make(n) with { Fields = Address(w.First) })]);
                await w.Node.Services.GetRequiredService<LicenceRegister>().ChangeStatusesAsync(
                    [.. Enumerable.Range((i * 3) + 5, 5).Select(n => new StatusOrder(Make(n).Id, NormalisedStatus.Suspended, "meanwhile"))], _ => true, CancellationToken.None);
            }
        })).ToList();
        var report = await RewrapAsync();
        await Task.WhenAll(writing);

        Assert.That((report.Unreadable, report.Unused, report.StillNeeded.Count), Is.EqualTo((0L, new[] { "data key '1'", "look-up key '1'" }, 0)));
        Assert.That(ListKeys(), Is.EqualTo(new[] { "seal 1 unused", "seal 2 in-use", "look-up 1 unused", "look-up 2 in-use" }));
        Assert.That((await RewrapAsync()).Rewrapped, Is.Zero);
        Assert.That(async () => await ImportAsync(_node, 5_000, 1), Throws.TypeOf<KeyReplacedException>(), "Who has the old keys only writes nothing more.");

        File.WriteAllLines(KeysFile, File.ReadAllLines(KeysFile).Where(line => line.Contains(" 2 ", StringComparison.Ordinal)));
        await using var last = BuiltNode.Build(_backend, _node, keyFile: KeysFile);
        for (var n = 0; n < Before; n++)
        {
            Assert.That((await FindAsync(last, n))?.Record.Holder, Is.EqualTo(Make(n).Holder), $"{n}");
        }

        Assert.That((await FindAsync(last, 20_000 + Meanwhile - 1))!.Record.Holder, Is.EqualTo(Make(20_000 + Meanwhile - 1).Holder));
        Assert.That((await FindAsync(last, 6))!.StatusNote, Is.EqualTo("meanwhile"));
        Assert.That((await FindAsync(last, 3))!.Record.Fields["address"], Is.AnyOf("10000", "20000"));
        await using var connection = await last.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        Assert.That(await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM licences"), Is.EqualTo(Before + (2 * Meanwhile)));
        Assert.That((await last.Services.GetRequiredService<LicenceStore>().ListShowableAsync(connection, Make(299).Holder.Person)).Count, Is.EqualTo(1));
        Assert.That(await last.Services.GetRequiredService<NodeSecrets>().GetAsync(NodeSecrets.RecordCache, CancellationToken.None), Is.EqualTo(secret));
    }

    [Test]
    public async Task RewrapAsync_GuardiansByAnOldLookUpKey_AreFoundByTheNewOne()
    {
        var guardian = new Party("欧阳监护", "110101197001010012", "111");
        await _node.Services.GetRequiredService<LicenceRegister>().ImportAsync([Make(1) with { Guardians = [guardian] }]);
        StorageMaintenance.NewKey(new NewStorageKey(KeysFile) { IsLookUp = true, MakeCurrent = true });
        Assert.That((await RewrapAsync(nodesStopped: true)).Rewrapped, Is.EqualTo(1));
        File.WriteAllLines(KeysFile, File.ReadAllLines(KeysFile).Where(line => !line.StartsWith("look-up 1 ", StringComparison.Ordinal)));

        await using var after = BuiltNode.Build(_backend, _node, keyFile: KeysFile);
        await using var connection = await after.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        var found = await after.Services.GetRequiredService<LicenceStore>().ListShowableAsync(connection, guardian.Person);

        Assert.That(found.Single().Record.Id, Is.EqualTo(Make(1).Id));
    }

    [Test]
    public async Task RewrapAsync_RowDamaged_NamesItAndKeepsItsKey()
    {
        await ImportAsync(_node, 1, 3);
        await using (var connection = await _node.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None))
        {
            await connection.ExecuteAsync("UPDATE licences SET sealed = (SELECT sealed FROM licences WHERE licence_row = 1) WHERE licence_row = 2");
        }

        StorageMaintenance.NewKey(new NewStorageKey(KeysFile) { MakeCurrent = true });
        var report = await RewrapAsync(nodesStopped: true);

        Assert.That((report.Looked, report.Rewrapped, report.Unreadable, report.Unused.Count, report.StillNeeded), Is.EqualTo((3L, 2L, 1L, 0, new[] { "data key '1'" })));
        Assert.That(report.Problems.Single(), Does.Contain("licence_row 2").And.Contain("data key '1'"));
        Assert.That(ListKeys(), Is.EqualTo(new[] { "seal 1 being-replaced", "seal 2 in-use", "look-up 1 in-use" }));
    }

    [Test]
    public async Task Build_ReplacedKeyMadeCurrentAgain_IsRefused()
    {
        await ImportAsync(_node, 1, 1);
        var before = await File.ReadAllTextAsync(KeysFile);
        StorageMaintenance.NewKey(new NewStorageKey(KeysFile) { MakeCurrent = true });
        var lines = await File.ReadAllLinesAsync(KeysFile);
        await RewrapAsync(nodesStopped: true);
        await File.WriteAllTextAsync(KeysFile, before + lines.Last().Replace(" current", "", StringComparison.Ordinal));

        Assert.That(() => BuiltNode.Build(_backend, _node, keyFile: KeysFile), Throws.TypeOf<ConfigurationException>().With.Message.Contains("has data key '1' as current, which 'crossprovince storage rewrap' has replaced"));
    }

    private IEnumerable<string> ListKeys() =>
        StorageMaintenance.ListKeysAsync(_node.Arguments).GetAwaiter().GetResult().Select(key => $"{key.Purpose} {key.Id} {key.State}");

    private Task<RewrapReport> RewrapAsync(bool nodesStopped = false) => StorageMaintenance.RewrapAsync(_node.Arguments, nodesStopped, _ => { }, CancellationToken.None);

    private LicenceRecord Make(int n) => LicenceRecords.Make(_node.Services.GetRequiredService<NodeSettings>().Catalogue, n);

    private static SortedDictionary<string, string> Address(int n) => new() { ["address"] = $"{n}" };

    private async Task ImportAsync(BuiltNode node, int first, int count) =>
        Assert.That((await node.Services.GetRequiredService<LicenceRegister>().ImportAsync([.. Enumerable.Range(first, count).Select(Make)])).Select(outcome => outcome.Refusal), Is.All.Null);

    private async Task<StoredLicence?> FindAsync(BuiltNode node, int n)
    {
        await using var connection = await node.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        return await node.Services.GetRequiredService<LicenceStore>().FindAsync(connection, Make(n).Id.ToString());
    }
}
