using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Service.Storage.Sealing;

/// <summary>Where the keys of the database come from.</summary>
internal sealed class KeySource
{
    private readonly string? _inline;
    private readonly bool _mayMake;

    private KeySource(string? file, string? inline, bool mayMake) => (File, _inline, _mayMake) = (file, inline, mayMake);

    /// <summary>The key file; null when a setting holds the keys themselves.</summary>
    public string? File { get; }

    /// <summary>The setting that messages name.</summary>
    public string Setting => File is null ? KeyFile.InlineSetting : KeyFile.Setting;

    /// <summary>Finds out. In Development the file may be left out: it is made at the first start, beside an embedded database.</summary>
    /// <exception cref="ConfigurationException">Neither or both are set.</exception>
    public static KeySource Find(StorageOptions options, bool development, RegionCode region, string? databaseFile) => (options.KeyFile, options.Keys) switch
    {
        ({ Length: > 0 }, { Length: > 0 }) => throw new ConfigurationException(KeyFile.InlineSetting, $"is set, and {KeyFile.Setting} too: only one of them can be."),
        ({ Length: > 0 } file, _) => new KeySource(file, null, mayMake: false),
        (_, { Length: > 0 } keys) => new KeySource(null, keys, mayMake: false),
        _ when development => new KeySource(databaseFile is null ? Path.Combine("data", region.ToString(), "storage.keys") : $"{databaseFile}-keys", null, mayMake: true),
        _ => throw new ConfigurationException(
            KeyFile.Setting, "is not set: what names a person is sealed in the database, and the keys for it are in a file of their own. 'crossprovince storage new-key --file FILE' makes it."),
    };

    /// <summary>Reads the keys; null when the file may still be made.</summary>
    /// <exception cref="ConfigurationException">They cannot be read, or are wrong.</exception>
    public KeyRing? TryRead() => File is null ? KeyFile.Parse(_inline!, Setting)
        : _mayMake && !System.IO.File.Exists(File) ? null
        : KeyFile.Read(File);

    /// <summary>Makes the file, unless another node is faster.</summary>
    /// <exception cref="ConfigurationException">It cannot be written.</exception>
    public KeyRing Make()
    {
        try
        {
            KeyFile.Write(File!, KeyFile.NewDataKey("1", SealingAlgorithm.Aes256Gcm, isCurrent: true) + KeyFile.NewLookUpKey("1", HashingAlgorithm.HmacSha256, isCurrent: true), replace: false);
        }
        catch (IOException) when (System.IO.File.Exists(File))
        {
            // Then that one counts.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(Setting, $"names a key file that cannot be made: {e.Message}");
        }

        return KeyFile.Read(File!);
    }
}
