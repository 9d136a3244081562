using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;

namespace CrossProvince.Service.Hosting;

/// <summary>Where the node's signing keys of one use are: PEM files, and folders of them, of the one that signs now and of those before and after it.</summary>
/// <param name="use">What they sign.</param>
/// <param name="setting">The setting that names them.</param>
/// <param name="places">Files and folders, with <c>;</c> between them.</param>
/// <param name="signing">What signs with keys of SM2.</param>
/// <remarks>For one reader at a time.</remarks>
internal sealed class SigningKeySource(KeyUse use, string setting, string places, Sm2Signing signing)
{
    private const string KeyFiles = "*.key.pem";

    private readonly Dictionary<string, (DateTime Written, ISigner Signer)> _read = [];

    public KeyUse Use => use;

    public string Setting => setting;

    /// <summary>Reads what was not read before, or has changed since.</summary>
    /// <returns>One or more, in the order of the setting, those of a folder by name; each key once.</returns>
    /// <exception cref="ConfigurationException">There is none, or one cannot be read as a key.</exception>
    public IReadOnlyList<ISigner> Read()
    {
        var files = places.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).SelectMany(FindFiles).ToList();
        foreach (var file in files)
        {
            var written = File.GetLastWriteTimeUtc(file);
            if (!_read.TryGetValue(file, out var known) || known.Written != written)
            {
                _read[file] = (written, NodeSettings.Read(setting, file, pem => SoftwareSigner.FromPem(pem, signing)));
            }
        }

        return files.Count > 0
            ? [.. files.Select(file => _read[file].Signer).DistinctBy(signer => signer.PublicKey)]
            : throw new ConfigurationException(setting, $"names no key: no file, or a folder without {KeyFiles}.");
    }

    private string[] FindFiles(string place)
    {
        try
        {
            return Directory.Exists(place) ? [.. Directory.GetFiles(place, KeyFiles).Order(StringComparer.Ordinal)] : [place];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(setting, $"names a folder that cannot be read: {e.Message}");
        }
    }
}
