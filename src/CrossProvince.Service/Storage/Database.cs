using System.Data.Common;
using CrossProvince.Service.Hosting;
using Dapper;

namespace CrossProvince.Service.Storage;

/// <summary>The node's database, chosen by one connection string: <c>Data Source=FILE</c> is SQLite, <c>Host=…</c> is PostgreSQL.</summary>
/// <remarks>Only the set-up of each knows which it is; queries are written so that both read them alike.</remarks>
internal sealed class Database : IAsyncDisposable
{
    private const string Setting = "ConnectionStrings:Database";

    private const string Probe = "SELECT COUNT(*) FROM status_chain";

    private static readonly TimeSpan s_probeLimit = TimeSpan.FromSeconds(2);

    /// <summary>The longest that a scan waits for an answer.</summary>
    private static readonly TimeSpan s_answerLimit = TimeSpan.FromSeconds(2);

    private readonly DatabaseSetup _setup;
    private readonly DbDataSource _source;
    private readonly DbDataSource _lookUps;
    private volatile bool _isAway;

    static Database() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    /// <summary>Names the database; nothing is opened or made before <see cref="Prepare"/>.</summary>
    /// <param name="connectionString"><c>Data Source=FILE</c> or <c>Host=…;Database=…;Username=…</c>.</param>
    /// <param name="readOnly">Whether nothing can be written through it.</param>
    /// <exception cref="ConfigurationException">The connection string is at fault.</exception>
    public Database(string connectionString, bool readOnly = false)
    {
        try
        {
            var settings = new DbConnectionStringBuilder { ConnectionString = connectionString };
            _setup = settings.ContainsKey("Host") ? new PostgresSetup(connectionString, readOnly)
                : settings.ContainsKey("Data Source") ? new SqliteSetup(connectionString, readOnly)
                : throw new ConfigurationException(Setting, "names neither a SQLite file ('Data Source=FILE') nor a PostgreSQL server ('Host=…;Database=…').");
        }
        catch (ArgumentException e)
        {
            throw new ConfigurationException(Setting, $"is not a connection string: {e.Message.Split(" (Parameter")[0]}");
        }

        _source = _setup.CreateDataSource();
        _lookUps = _setup.CreateLookUpSource();
    }

    /// <summary>Makes the database where there is none, and brings its tables up to date.</summary>
    /// <exception cref="ConfigurationException">The file, the server or a migration is at fault.</exception>
    public void Prepare()
    {
        try
        {
            _setup.Prepare();
        }
        catch (Exception e) when (e is DbException or IOException or UnauthorizedAccessException or TimeoutException or ArgumentException)
        {
            throw new ConfigurationException(Setting, $"names a database that cannot be opened: {e.Message}");
        }
    }

    /// <summary>Does what only one node may do at a time: nodes that start together do it one after the other.</summary>
    /// <param name="work">Reads and writes through the connection that it is given.</param>
    /// <exception cref="ConfigurationException">The database fails.</exception>
    public void RunAlone(Action<DbConnection> work)
    {
        try
        {
            _setup.RunAlone(work);
        }
        catch (Exception e) when (e is DbException or IOException or TimeoutException)
        {
            throw new ConfigurationException(Setting, $"names a database that cannot be made ready: {e.Message}");
        }
    }

    /// <summary>Makes the embedded database's files anew, so that nothing of what was deleted is left in them; a server is left to its own care.</summary>
    public void Compact(DbConnection connection) => _setup.Compact(connection);

    /// <summary>The embedded database's file, which one transaction at a time may write; null when it is a server.</summary>
    public string? File => _setup.File;

    /// <summary>Whether it could not be reached when it was last looked for.</summary>
    public bool IsAway => _isAway;

    /// <summary>An open connection from the pool, for reading; all writing goes through <see cref="GroupCommit"/>.</summary>
    /// <exception cref="StorageException">The database is away: nobody need wait to find that out again.</exception>
    public Task<DbConnection> OpenAsync(CancellationToken cancellation) => OpenAsync(_source, cancellation);

    /// <summary>Asks what a scan waits for, rows by their keys: for two seconds at most. Without an answer the database is looked for, so that the next need not wait.</summary>
    /// <param name="question">Reads through the connection that it is given; may be run twice, and be left alone with it.</param>
    /// <exception cref="StorageException">There was no answer, or the database is away.</exception>
    public async Task<T> AskAsync<T>(Func<DbConnection, Task<T>> question)
    {
        try
        {
            return await Task.Run(() => AskAgainAsync(question)).WaitAsync(s_answerLimit);
        }
        catch (Exception e) when (e is DbException or TimeoutException or IOException)
        {
            _ = ProbeAsync();
            throw new StorageException(e);
        }
    }

    /// <summary>The rows of a JSON array of objects that a query is given as one parameter, as table <c>r</c>: <c>r.value -&gt;&gt; 'name'</c> is a property as text.</summary>
    /// <param name="parameter">The parameter's name, without the sign before it.</param>
    public string RowsOf(string parameter) => _setup.RowsOf(parameter);

    /// <inheritdoc cref="DatabaseSetup.EachOf"/>
    public string EachOf(string parameter, string table, string where) => _setup.EachOf(parameter, table, where);

    /// <summary>An expression for queries: the database's own clock, Unix milliseconds.</summary>
    public string Clock => _setup.Clock;

    /// <summary>Begins to read the database as it stands now.</summary>
    /// <exception cref="ConfigurationException">It cannot be opened.</exception>
    public async Task<ReadingTransaction> BeginReadingAsync(CancellationToken cancellation)
    {
        try
        {
            var connection = await _source.OpenConnectionAsync(cancellation);
            return new ReadingTransaction(connection, await _setup.BeginReadingAsync(connection, cancellation));
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            throw new ConfigurationException(Setting, $"names a database that cannot be opened: {e.Message}");
        }
    }

    /// <summary>The same while the node runs, for questions whose answers must fit together.</summary>
    /// <exception cref="StorageException">The database is away: nobody need wait to find that out again.</exception>
    /// <exception cref="DbException">It failed.</exception>
    public async Task<ReadingTransaction> OpenReadingAsync(CancellationToken cancellation)
    {
        var connection = await OpenAsync(cancellation);
        try
        {
            return new ReadingTransaction(connection, await _setup.BeginReadingAsync(connection, cancellation));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Looks whether the database answers; what it finds holds until it is called again.</summary>
    public async Task<bool> ProbeAsync()
    {
        try
        {
            using var deadline = new CancellationTokenSource(s_probeLimit);
            await using var connection = await _source.OpenConnectionAsync(deadline.Token);
            await connection.ExecuteScalarAsync<long>(new CommandDefinition(Probe, cancellationToken: deadline.Token));
            _isAway = false;
        }
        catch (Exception e) when (e is DbException or TimeoutException or OperationCanceledException or IOException)
        {
            _isAway = true;
        }

        return !_isAway;
    }

    /// <summary>Connections that were opened before are not used again: their server can no longer be written to, and another may have taken its place.</summary>
    public void ForgetConnections() => _setup.ForgetConnections(_source);

    private async Task<T> AskAgainAsync<T>(Func<DbConnection, Task<T>> question)
    {
        for (var tried = 1; ; tried++)
        {
            try
            {
                await using var connection = await OpenAsync(_lookUps, CancellationToken.None);
                return await question(connection);
            }
            catch (Exception e) when (tried == 1 && StorageFailures.IsBroken(e))
            {
                // The next connection is a new one.
            }
        }
    }

    private async Task<DbConnection> OpenAsync(DbDataSource source, CancellationToken cancellation) =>
        _isAway ? throw new StorageException(null) : await source.OpenConnectionAsync(cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _lookUps.DisposeAsync();
        await _source.DisposeAsync();
    }
}
