using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Hosting;
using Dapper;

namespace CrossProvince.Service.Storage;

/// <summary>The index of verifications by the licence entry that they name: of this region's own codes alone, for nobody asks here who used another region's (docs/adr/0067).</summary>
/// <remarks>Which region that is no migration knows. Questions that go by this index name the region in their text: a database compares that with the index's condition when it plans.</remarks>
internal static class OwnEntries
{
    /// <summary>Makes the index where there is none, which reads every record once, and drops the one of all regions that came before it.</summary>
    /// <param name="database">With its tables.</param>
    /// <param name="own">The region of the node.</param>
    /// <exception cref="ConfigurationException">The database fails.</exception>
    public static void Prepare(Database database, RegionCode own) => database.RunAlone(connection =>
    {
        connection.Execute($"CREATE INDEX IF NOT EXISTS verifications_of_{own} ON verifications (list_index, list_number) WHERE issuing_region = {own.Value}", commandTimeout: 0);
        connection.Execute("DROP INDEX IF EXISTS verifications_by_entry");
    });
}
