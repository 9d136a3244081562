using System.Data.Common;
using System.Reflection;
using CrossProvince.Service.Hosting;
using DbUp.Builder;

namespace CrossProvince.Service.Storage;

/// <summary>What differs between databases: how connections are made, and how the tables come to be.</summary>
internal abstract class DatabaseSetup
{
    /// <summary>A script may go through every row there is.</summary>
    private static readonly TimeSpan s_longestScript = TimeSpan.FromHours(6);

    /// <summary>The embedded database's file; null when it is a server.</summary>
    public abstract string? File { get; }

    /// <summary>Makes connections; opens none.</summary>
    public abstract DbDataSource CreateDataSource();

    /// <summary>Closes pooled connections, so that the next one is a new one.</summary>
    public virtual void ForgetConnections(DbDataSource source)
    {
    }

    /// <summary>Makes connections for questions that are asked again and again, and look up rows by their keys; opens none.</summary>
    public virtual DbDataSource CreateLookUpSource() => CreateDataSource();

    /// <summary>Makes the database where there is none, and brings its tables up to date.</summary>
    public abstract void Prepare();

    /// <summary>Does what only one node may do at a time.</summary>
    public abstract void RunAlone(Action<DbConnection> work);

    /// <summary>Leaves nothing of deleted rows in the files of an embedded database.</summary>
    public abstract void Compact(DbConnection connection);

    /// <summary>The rows of a JSON array of objects, given as one parameter, as table <c>r</c> with column <c>value</c>.</summary>
    public abstract string RowsOf(string parameter);

    /// <summary><see cref="RowsOf"/>, and of a table <c>t</c> the rows that belong to each, looked up for each.</summary>
    /// <param name="parameter">Name of the parameter.</param>
    /// <param name="table">The table.</param>
    /// <param name="where">Which rows of <c>t</c> belong to a row <c>r</c>.</param>
    public abstract string EachOf(string parameter, string table, string where);

    /// <summary>An expression: the database's own clock, Unix milliseconds.</summary>
    public abstract string Clock { get; }

    /// <summary>Begins a transaction that sees one state of the database however long it reads, and holds up no writer.</summary>
    public abstract Task<DbTransaction> BeginReadingAsync(DbConnection connection, CancellationToken cancellation);

    /// <summary>Runs the numbered scripts of a dialect's folder, each once.</summary>
    /// <exception cref="ConfigurationException">A script failed; what it did is undone.</exception>
    protected static void Migrate(UpgradeEngineBuilder database, string dialect)
    {
        var result = database
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.Contains($".Migrations.{dialect}.", StringComparison.Ordinal))
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .WithExecutionTimeout(s_longestScript)
            .LogToNowhere()
            .Build()
            .PerformUpgrade();
        if (!result.Successful)
        {
            throw new ConfigurationException("ConnectionStrings:Database", $"migration {result.ErrorScript?.Name ?? "(none)"} failed: {result.Error.Message}");
        }
    }
}
