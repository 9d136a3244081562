using CrossProvince.Service.Storage;
using DbUp;

namespace CrossProvince.Service.Tests.Storage.Retention;

/// <summary>Databases as earlier programs made them.</summary>
internal static class Migrations
{
    /// <summary>Runs the migrations before one.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="postgres">Which kind it is.</param>
    /// <param name="number">Of the first that is left out, such as 0006.</param>
    internal static void RunBefore(string connectionString, bool postgres, string number)
    {
        var builder = postgres ? DeployChanges.To.PostgresqlDatabase(connectionString) : DeployChanges.To.SqliteDatabase(connectionString);
        var folder = postgres ? ".Migrations.Postgres." : ".Migrations.Sqlite.";
        var result = builder
            .WithScriptsEmbeddedInAssembly(typeof(Database).Assembly, name => name.Contains(folder, StringComparison.Ordinal) && string.CompareOrdinal(name.Split(folder)[1], number) < 0)
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .LogToNowhere()
            .Build()
            .PerformUpgrade();
        Assert.That(result.Successful, Is.True, result.Error?.Message);
    }
}
