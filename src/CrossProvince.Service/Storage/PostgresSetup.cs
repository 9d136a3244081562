using System.Data;
using System.Data.Common;
using System.Globalization;
using CrossProvince.Service.Storage.Retention;
using DbUp;
using Npgsql;

namespace CrossProvince.Service.Storage;

/// <summary>A PostgreSQL database, shared by the nodes of one region.</summary>
internal sealed class PostgresSetup : DatabaseSetup
{
    /// <summary>Nodes that start together migrate one after the other: the number of their advisory lock.</summary>
    private const long MigrationLock = 0x4350_5631;

    /// <summary>Nothing the node asks for takes longer, seconds: who waits at a counter must hear that it is not working.</summary>
    private const int CommandSeconds = 10;

    /// <summary>The node that is first may have much to bring up to date, seconds.</summary>
    private const int LongestStartSeconds = 6 * 3600;

    /// <summary>A server that is there answers a new connection at once, seconds. The driver waits twice for it before it gives up a command on a server that hangs.</summary>
    private const int ConnectSeconds = 3;

    /// <summary>
    /// Questions that scans wait for are planned once a connection, and then for tables of any size: each is a look-up by key for every row that it is given, also where a table
    /// is empty when it is planned.
    /// </summary>
    private const string LookUps = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off";

    /// <summary>More than there are such questions.</summary>
    private const int PreparedQuestions = 16;

    /// <summary>
    /// A node that hangs in a transaction, or dies while it waits for a lock, must not hold the others up: the server ends its transaction before they give up. Milliseconds.
    /// </summary>
    private const string SessionLimits = "-c idle_in_transaction_session_timeout=5000 -c client_connection_check_interval=1000";

    /// <summary>Share of a command's time in which it may wait for a lock: longer than a node that hangs is let hold one, and short enough to say what was waited for.</summary>
    private const double LockShare = 0.7;

    /// <summary>Who only reads may take time between two questions, and must not write by mistake.</summary>
    private const string ReadingLimits = "-c default_transaction_read_only=on -c client_connection_check_interval=1000";

    /// <summary>For so long a host of several counts as what it was found to be, seconds.</summary>
    private const int RecheckSeconds = 1;

    private readonly NpgsqlConnectionStringBuilder _settings;

    /// <exception cref="ArgumentException">The connection string is at fault.</exception>
    public PostgresSetup(string connectionString, bool readOnly)
    {
        _settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (!_settings.ShouldSerialize("Command Timeout"))
        {
            _settings.CommandTimeout = CommandSeconds;
        }

        if (!_settings.ShouldSerialize("Timeout"))
        {
            _settings.Timeout = ConnectSeconds;
        }

        if (IsMany && !_settings.ShouldSerialize("Host Recheck Seconds"))
        {
            _settings.HostRecheckSeconds = RecheckSeconds;
        }

        // No session keeps settings that would have to be undone before the next use.
        if (!_settings.ShouldSerialize("No Reset On Close"))
        {
            _settings.NoResetOnClose = true;
        }

        if (!_settings.ShouldSerialize("Options"))
        {
            _settings.Options = readOnly ? ReadingLimits : $"{SessionLimits} {CommandLimits(_settings.CommandTimeout)}";
        }
    }

    public override string? File => null;

    /// <summary>Of several hosts (<c>Host=A,B</c>) whichever can be written to: after a failover that is another one.</summary>
    public override DbDataSource CreateDataSource() => Create(_settings);

    private NpgsqlDataSource Create(NpgsqlConnectionStringBuilder settings)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        return IsMany ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.ReadWrite) : builder.Build();
    }

    public override void ForgetConnections(DbDataSource source) => ((NpgsqlDataSource)source).Clear();

    public override DbDataSource CreateLookUpSource() => Create(
        new NpgsqlConnectionStringBuilder(_settings.ConnectionString) { Options = $"{_settings.Options} {LookUps}", MaxAutoPrepare = PreparedQuestions, AutoPrepareMinUsages = 1 });

    public override async Task<DbTransaction> BeginReadingAsync(DbConnection connection, CancellationToken cancellation) =>
        await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);

    public override void Prepare() => RunAlone(connection =>
    {
        Migrate(DeployChanges.To.PostgresqlDatabase(Once), "Postgres");
        MakeMonths((NpgsqlConnection)connection);
    });

    public override void RunAlone(Action<DbConnection> work)
    {
        using var locked = new NpgsqlConnection(Once);
        locked.Open();
        Execute(locked, "SELECT pg_advisory_lock(@lock)");
        work(locked);
        Execute(locked, "SELECT pg_advisory_unlock(@lock)");
    }

    public override void Compact(DbConnection connection)
    {
        // Tables that were dropped are gone with their files; the log and the backups are the operator's (docs/operations.md).
    }

    /// <summary>Connections for once: none of them is to lie idle in a pool afterwards.</summary>
    private string Once
    {
        get
        {
            // A migration, and waiting for another node's, take as long as they take.
            var settings = new NpgsqlConnectionStringBuilder(_settings.ConnectionString) { Pooling = false, CommandTimeout = 0, Options = $"{_settings.Options} -c statement_timeout=0 -c lock_timeout=0" };
            if (IsMany)
            {
                settings.TargetSessionAttributes = "read-write";
            }

            return settings.ConnectionString;
        }
    }

    public override string Clock => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";

    /// <summary>What is written from the first moment on has its month.</summary>
    private static void MakeMonths(NpgsqlConnection connection)
    {
        var month = Month.Of(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        foreach (var table in MonthlyTable.All)
        {
            PostgresMonths.MakeAsync(connection, table, month.AddMonths(-RecordRetention.MonthsBehind), month.AddMonths(RecordRetention.MonthsAhead), CancellationToken.None).GetAwaiter().GetResult();
        }
    }

    // OFFSET 0 keeps the planner from making a join of it, which on a month that was empty when it was planned reads the whole month once.
    public override string EachOf(string parameter, string table, string where) => $"{RowsOf(parameter)} CROSS JOIN LATERAL (SELECT * FROM {table} t WHERE {where} OFFSET 0) t";

    public override string RowsOf(string parameter) => $"jsonb_array_elements(CAST(@{parameter} AS jsonb)) AS r(value)";

    private bool IsMany => _settings.Host?.Contains(',', StringComparison.Ordinal) == true;

    /// <summary>The server gives up by itself as well: who hangs up on it does not leave work behind that nobody waits for.</summary>
    private static string CommandLimits(int seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"-c statement_timeout={seconds * 1_000} -c lock_timeout={(int)(seconds * 1_000 * LockShare)}");

    private static void Execute(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddWithValue("lock", MigrationLock);
        command.CommandTimeout = LongestStartSeconds;
        command.ExecuteNonQuery();
    }
}
