using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Tests.Backends;
using Dapper;

namespace CrossProvince.Service.Tests.Storage;

public sealed class DatabaseTests() : StorageFixture(Backend.Sqlite)
{
    [Test]
    public async Task Prepare_SecondTime_KeepsEverythingAndMigratesNothing()
    {
        const string Scripts = "SELECT COUNT(*) FROM SchemaVersions";
        await WriteStateAsync("a", 1);
        var before = await ScalarAsync<long>(Scripts);

        await using var again = new Database(ConnectionString);
        again.Prepare();

        Assert.That(before, Is.Positive);
        Assert.That(await ScalarAsync<long>(Scripts), Is.EqualTo(before));
        Assert.That(await ReadStateAsync("a"), Is.EqualTo(1));
    }

    // 2 is FULL: a commit is answered only after the write-ahead log has been synced, so that it survives a power cut.
    [Test]
    public async Task OpenAsync_EveryConnection_SyncsEachCommit()
    {
        await using var first = await Database.OpenAsync(CancellationToken.None);
        await using var second = await Database.OpenAsync(CancellationToken.None);
        foreach (var connection in new[] { first, second })
        {
            Assert.That(await connection.ExecuteScalarAsync<long>("PRAGMA synchronous"), Is.EqualTo(2));
            Assert.That(await connection.ExecuteScalarAsync<string>("PRAGMA journal_mode"), Is.EqualTo("wal"));
            Assert.That(await connection.ExecuteScalarAsync<long>("PRAGMA foreign_keys"), Is.EqualTo(1));
        }
    }

    [TestCase("Data Source=", "names neither a SQLite file")]
    [TestCase("Host=127.0.0.1;Nonsense=1", "is not a connection string")]
    [TestCase("Host=127.0.0.1;Port=1;Timeout=2", "cannot be opened")]
    [TestCase("Nonsense=1", "names neither a SQLite file")]
    [TestCase("Data Source=/proc/none/node.db", "cannot be opened")]
    public void Prepare_BadConnectionString_SaysWhat(string connectionString, string expected) =>
        Assert.That(() => new Database(connectionString).Prepare(), Throws.TypeOf<ConfigurationException>().With.Message.Contains(expected));

    [Test]
    public void Prepare_NotADatabase_SaysSo()
    {
        var file = DatabaseFile + ".txt";
        File.WriteAllText(file, new string('x', 5_000));

        Assert.That(() => new Database($"Data Source={file}").Prepare(), Throws.TypeOf<ConfigurationException>().With.Message.Contains("not a database"));
        Assert.That(File.ReadAllText(file), Is.EqualTo(new string('x', 5_000)));
    }

    [Test]
    public async Task NodeState_NeverWritten_IsZero() => Assert.That(await ReadStateAsync(NodeState.TrustVersion), Is.Zero);

    [Test]
    public async Task NodeState_WrittenTwice_IsTheLast()
    {
        await WriteStateAsync(NodeState.TrustVersion, 4);
        await WriteStateAsync(NodeState.TrustVersion, 7);

        Assert.That(await ReadStateAsync(NodeState.TrustVersion), Is.EqualTo(7));
        Assert.That(await ReadStateAsync("another"), Is.Zero);
    }
}
