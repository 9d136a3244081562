using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;

namespace CrossProvince.Service.Federation;

/// <summary>The trust list in use; reads its file again at every refresh interval, and keeps the last good one on any failure.</summary>
internal sealed partial class TrustSource : BackgroundService
{
    private readonly NodeSettings _node;
    private readonly Database _database;
    private readonly GroupCommit _commits;
    private readonly TrustedClock _clock;
    private readonly ILogger<TrustSource> _logger;
    private volatile State _state;

    /// <exception cref="ConfigurationException">The list cannot be used for this node.</exception>
    public TrustSource(NodeSettings node, Database database, GroupCommit commits, TrustedClock clock, ILogger<TrustSource> logger)
    {
        (_node, _database, _commits, _clock, _logger) = (node, database, commits, clock, logger);
        try
        {
            _state = new State(Read(), NowSeconds());
        }
        catch (TrustListException e)
        {
            throw new ConfigurationException("Trust:List", $"holds no usable trust list: {e.Message}");
        }

        Check(_state.List);
        _clock.RaiseFloor(_state.List.IssuedAt * 1000);
    }

    /// <summary>The list in use.</summary>
    public TrustList List => _state.List;

    /// <summary>The own region's entry.</summary>
    public TrustedRegion OwnRegion => List.FindRegion(_node.Region)!;

    /// <summary>How far the list can be relied on.</summary>
    public TrustFreshness Freshness(long nowUnixSeconds)
    {
        var state = _state;
        return TrustFreshness.At(state.List.ExpiresAt, state.ReadAt, _node.Options.Trust.RefreshInterval.TotalSeconds, nowUnixSeconds);
    }

    /// <summary>Compares the list with the highest version this node has ever accepted.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await using (var connection = await _database.OpenAsync(cancellationToken))
        {
            var seen = await NodeState.ReadAsync(connection, NodeState.TrustVersion);
            if (List.Version < seen)
            {
                throw new ConfigurationException("Trust:List", $"is version {List.Version}, but this node has accepted version {seen} already: an old list must not come back. Get the newest.");
            }
        }

        await RememberVersionAsync();
        Say(List);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_node.Options.Trust.RefreshInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await RefreshAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task RefreshAsync()
    {
        try
        {
            var list = Read();
            if (list.Version < List.Version)
            {
                LogOlder(list.Version, List.Version);
                return;
            }

            Check(list);
            var isNew = list.Version > List.Version;
            _state = new State(list, NowSeconds());
            _clock.RaiseFloor(list.IssuedAt * 1000);
            if (isNew)
            {
                await RememberVersionAsync();
                Say(list);
            }
        }
        catch (Exception e) when (e is TrustListException or ConfigurationException or StorageException or StorageBusyException)
        {
            LogNotRead(e);
        }
    }

    private TrustList Read()
    {
        try
        {
            return TrustListDocument.Open(File.ReadAllBytes(_node.TrustListFile), _node.Roots);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TrustListException($"The file cannot be read: {e.Message}");
        }
    }

    /// <summary>A node whose own keys are not in the list would make codes that nobody can verify.</summary>
    private void Check(TrustList list)
    {
        var region = list.FindRegion(_node.Region)
            ?? throw new ConfigurationException("Trust:List", $"has no region {_node.Region}, which this node is configured for.");
        Find(_node.CodeSigner.PublicKey, KeyUse.Code, "Keys:Code");
        Find(_node.IndexSigner.PublicKey, KeyUse.Index, "Keys:Index");
        Find(_node.ReceiptSigner.PublicKey, KeyUse.Receipt, "Keys:Receipt");
        if (!list.CatalogueHash.Span.SequenceEqual(_node.Catalogue.Hash.Span))
        {
            throw new ConfigurationException("Catalogue:Path", "holds another catalogue than the trust list names: install the catalogue of this trust list on every node first.");
        }

        if (!_node.IsDevelopment && list.Regions.Any(HasSamples))
        {
            throw new ConfigurationException("Trust:List", "names sample keys or a sample CA, whose private half is public. They work in Development only.");
        }

        void Find(Core.Signatures.PublicKey key, KeyUse use, string setting)
        {
            if (!region.Keys.Any(k => k.Use == use && k.Key.Spki.Span.SequenceEqual(key.Spki.Span)))
            {
                throw new ConfigurationException(setting, $"is key {key.Id}, which the trust list does not name for region {_node.Region} with use {use}.");
            }
        }
    }

    private static bool HasSamples(TrustedRegion region) =>
        region.Keys.Any(k => SampleKeys.Contains(k.Key.Spki.Span)) || region.CertificateAuthorities.Any(IsSample);

    private static bool IsSample(ReadOnlyMemory<byte> authority)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(authority.Span);
        return SampleKeys.Contains(certificate.PublicKey.ExportSubjectPublicKeyInfo());
    }

    private void Say(TrustList list)
    {
        var freshness = Freshness(NowSeconds());
        var expiry = DateTimeOffset.FromUnixTimeSeconds(list.ExpiresAt);
        if (freshness.TooOld)
        {
            LogTooOld(list.Version, expiry);
        }
        else if (freshness.Expired)
        {
            LogExpired(list.Version, expiry);
        }
        else
        {
            LogInUse(list.Version, list.Regions.Count, expiry);
        }
    }

    private async Task RememberVersionAsync() =>
        await _commits.RunAsync(transaction => NodeState.WriteAsync(transaction, NodeState.TrustVersion, List.Version));

    private long NowSeconds() => _clock.Now().UnixSeconds;

    [LoggerMessage(Level = LogLevel.Information, Message = "Trust list version {Version} with {Regions} regions is in use; it expires {Expiry:u}.")]
    private partial void LogInUse(long version, int regions, DateTimeOffset expiry);

    [LoggerMessage(Level = LogLevel.Error, Message = "Trust list version {Version} expired {Expiry:u}: answers are marked stale, and seven days after that date none is given. Renew it.")]
    private partial void LogExpired(long version, DateTimeOffset expiry);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Trust list version {Version} expired {Expiry:u}, more than seven days ago: every verification is UNDETERMINED until it is renewed.")]
    private partial void LogTooOld(long version, DateTimeOffset expiry);

    [LoggerMessage(Level = LogLevel.Error, Message = "The trust list file holds version {Found}, older than version {InUse} in use; it is ignored.")]
    private partial void LogOlder(long found, long inUse);

    [LoggerMessage(Level = LogLevel.Error, Message = "The trust list could not be read again; the last good one stays in use.")]
    private partial void LogNotRead(Exception exception);

    private sealed record State(TrustList List, long ReadAt);
}
