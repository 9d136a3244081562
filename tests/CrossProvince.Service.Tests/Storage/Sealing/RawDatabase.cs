using System.Data.Common;
using System.Text;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CrossProvince.Service.Tests.Storage.Sealing;

/// <summary>All bytes of a database, as somebody who stole it has them: the files of SQLite, every column of every table of PostgreSQL.</summary>
internal sealed class RawDatabase
{
    private readonly byte[] _bytes;

    private RawDatabase(byte[] bytes) => _bytes = bytes;

    public static async Task<RawDatabase> ReadAsync(DbConnection connection)
    {
        var all = new MemoryStream();
        if (connection is SqliteConnection sqlite)
        {
            foreach (var file in new[] { sqlite.DataSource, $"{sqlite.DataSource}-wal" }.Where(File.Exists))
            {
                await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                await stream.CopyToAsync(all);
            }

            return new RawDatabase(all.ToArray());
        }

        foreach (var table in await connection.QueryAsync<string>("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"))
        {
            await using var reader = await connection.ExecuteReaderAsync($"SELECT * FROM {table}");
            while (await reader.ReadAsync())
            {
                for (var i = 0; i < reader.FieldCount; i++)
                {
                    all.Write(reader.GetValue(i) is byte[] bytes ? bytes : Encoding.UTF8.GetBytes($"{reader.GetValue(i)}\n"));
                }
            }
        }

        return new RawDatabase(all.ToArray());
    }

    /// <summary>Whether some bytes are anywhere in it.</summary>
    public bool Has(ReadOnlySpan<byte> bytes) => _bytes.AsSpan().IndexOf(bytes) >= 0;
}
