using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Service.Identity;

/// <summary>The node's partner file; consulted on every request, read again when it changes.</summary>
internal sealed partial class PartnerFile
{
    private static readonly TimeSpan s_checkInterval = TimeSpan.FromSeconds(1);

    private readonly string _file;
    private readonly PartnerReader _reader;
    private readonly ILogger<PartnerFile> _logger;
    private readonly Lock _reading = new();
    private PartnerList _loaded;
    private long _checkedAt;

    /// <exception cref="ConfigurationException">The file cannot be read.</exception>
    public PartnerFile(NodeSettings node, ILogger<PartnerFile> logger)
    {
        (_file, _logger) = (node.PartnerFile, logger);
        _reader = new PartnerReader(node.Catalogue, node.Region);
        try
        {
            _loaded = _reader.Read(_file);
        }
        catch (InvalidDataException e)
        {
            throw new ConfigurationException("Partners:File", e.Message);
        }
    }

    /// <summary>The entry of an organisation in a role; null when it has none or is revoked.</summary>
    public PartnerEntry? Find(string role, string organisation) => Read().Entries.GetValueOrDefault((role, organisation)) is { Revoked: false } entry ? entry : null;

    /// <summary>What is agreed with another region; null when nothing is.</summary>
    public PartnerRegion? Find(RegionCode region) => Read().Regions.GetValueOrDefault(region);

    /// <summary>Names of an organisation that verifies, or did; null when the file does not have them.</summary>
    public PartnerNames? FindNames(string organisation) => Read().Entries.GetValueOrDefault((PartyName.Verifier, organisation))?.Names;

    /// <summary>Whether a certificate is refused whoever's it is.</summary>
    /// <param name="thumbprint">SHA-256 of the certificate (DER), upper-case hexadecimal.</param>
    public bool IsRevoked(string thumbprint) => Read().RevokedCertificates.Contains(thumbprint);

    private PartnerList Read()
    {
        Refresh();
        return Volatile.Read(ref _loaded);
    }

    private void Refresh()
    {
        if (Environment.TickCount64 - Volatile.Read(ref _checkedAt) < s_checkInterval.TotalMilliseconds || !_reading.TryEnter())
        {
            return;
        }

        var writtenAt = _loaded.WrittenAt;
        try
        {
            Volatile.Write(ref _checkedAt, Environment.TickCount64);
            writtenAt = File.GetLastWriteTimeUtc(_file);
            if (writtenAt != _loaded.WrittenAt)
            {
                Volatile.Write(ref _loaded, _reader.Read(_file));
                LogRead(_loaded.Entries.Count);
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            // Said once for each writing of the file; the last good one stays in use.
            Volatile.Write(ref _loaded, _loaded with { WrittenAt = writtenAt });
            LogNotRead(e.Message);
        }
        finally
        {
            _reading.Exit();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The partner file was read again: {Count} entries.")]
    private partial void LogRead(int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "The partner file {Problem} The last good one stays in use.")]
    private partial void LogNotRead(string problem);
}
