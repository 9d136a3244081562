using System.Reflection;
using CrossProvince.Service.Hosting;
using DbUp.Builder;

namespace CrossProvince.Service.Storage;

/// <summary>Brings a database's tables up to date: one folder of numbered scripts a dialect, each run once.</summary>
internal static class Migrations
{
    /// <exception cref="ConfigurationException">A script failed; what it did is undone.</exception>
    public static void Perform(UpgradeEngineBuilder database, string dialect)
    {
        var result = database
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.Contains($".Migrations.{dialect}.", StringComparison.Ordinal))
            .WithTransactionPerScript()
            .LogToNowhere()
            .Build()
            .PerformUpgrade();
        if (!result.Successful)
        {
            throw new ConfigurationException("ConnectionStrings:Database", $"migration {result.ErrorScript?.Name ?? "(none)"} failed: {result.Error.Message}");
        }
    }
}
