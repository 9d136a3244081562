using CrossProvince.Service.Hosting;
using CrossProvince.Service.Licences;

namespace CrossProvince.Service.Storage.Sealing;

/// <summary>Opens the database's keys at the start: reads them, holds them against the database, and seals what an older program left in plain text.</summary>
internal sealed partial class StorageKeys(KeySource source, Database database, ILogger<StorageKeys> logger)
{
    private KeyRing? _ring;

    /// <summary>The keys, once they were opened.</summary>
    public KeyRing Ring => _ring ?? throw new InvalidOperationException("The keys of the database were not opened.");

    /// <summary>Reads the keys, before there is a database.</summary>
    /// <exception cref="ConfigurationException">They are missing or wrong.</exception>
    public void Read() => _ring = source.TryRead();

    /// <summary>Opens them for a database whose tables are up to date.</summary>
    /// <exception cref="ConfigurationException">They are not the keys of this database.</exception>
    public void Open() => database.RunAlone(connection =>
    {
        // A node that was a moment faster may have made the file since.
        _ring ??= source.TryRead();
        if (_ring is null)
        {
            if (KeyRegister.Read(connection) is [var first, ..])
            {
                throw new ConfigurationException(
                    source.Setting, $"is not set and {source.File} is not there, but rows of this database need {KeyRegister.Name(first.Purpose, first.Id)}. Put the key file back: a new one could not open them.");
            }

            _ring = source.Make();
            LogMade(source.File!);
        }

        KeyRegister.Check(connection, _ring, source.Setting);
        KeyRegister.Add(connection, _ring);

        // Once more: another node may have been a moment faster, with other keys.
        KeyRegister.Check(connection, _ring, source.Setting);
        PlainRows.Seal(connection, database, _ring, (done, left) => LogSealing(done, left));
    });

    [LoggerMessage(Level = LogLevel.Warning, Message = "A key file for the database was made: {File}. Without it nobody can read the licences there; outside Development no node makes one.")]
    private partial void LogMade(string file);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sealing what an older program wrote in plain text: {Done} rows done, {Left} left. The node starts when all are.")]
    private partial void LogSealing(long done, long left);
}
