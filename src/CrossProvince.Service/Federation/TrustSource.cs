using System.Collections.Concurrent;
using System.Security.Cryptography;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Federation.Trusting;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Verifying;

namespace CrossProvince.Service.Federation;

/// <summary>The trust list in use: the newest that this region's nodes have accepted, wherever it came from (docs/adr/0058). The last good one stays whatever fails.</summary>
internal sealed partial class TrustSource : IDisposable
{
    private readonly NodeSettings _node;
    private readonly TrustStore _store;
    private readonly TrustedClock _clock;
    private readonly VerifyingMetrics _alarms;
    private readonly TrustVoice _voice;
    private readonly ILogger<TrustSource> _logger;
    private readonly SemaphoreSlim _taking = new(1, 1);
    private readonly ConcurrentDictionary<TrustOrigin, string> _said = new();
    private readonly ConfigurationException? _notUsable;
    private volatile State? _state;
    private ReadOnlyMemory<byte> _file;
    private long _floor;
    private long _readAt;
    private bool _isSaved;

    /// <exception cref="ConfigurationException">The file cannot be used for this node, and there can be no other.</exception>
    public TrustSource(NodeSettings node, Database database, TrustStore store, TrustedClock clock, TrustVoice voice, VerifyingMetrics alarms, ILogger<TrustSource> logger)
    {
        (_node, _store, _clock, _voice, _alarms, _logger) = (node, store, clock, voice, alarms, logger);
        _readAt = NowSeconds();
        try
        {
            _state = Judge(_file = ReadFile(), node.Roots);
            Begin(null);
            OwnKeys.CheckNamed(node, List);
        }
        catch (Exception e) when (e is TrustListException or ConfigurationException)
        {
            _notUsable = e as ConfigurationException ?? new ConfigurationException("Trust:List", $"holds no usable trust list: {e.Message}");
            if (database.File is { } file && !File.Exists(file))
            {
                throw _notUsable;
            }
        }
    }

    /// <summary>The list in use.</summary>
    public TrustList List => Current.List;

    /// <summary>The list in use as it was signed.</summary>
    public ReadOnlyMemory<byte> Document => Current.Document;

    /// <summary>The roots whose signatures the next list needs.</summary>
    public TrustRoots Roots => Current.Roots;

    /// <summary>When a source said last that this is the newest list, Unix seconds.</summary>
    public long ReadAt => Volatile.Read(ref _readAt);

    /// <summary>The own region's entry.</summary>
    public TrustedRegion OwnRegion => List.FindRegion(_node.Region)!;

    private State Current => _state ?? throw new InvalidOperationException("There is no trust list yet.");

    /// <summary>What changes whenever the signed list does, as HTTP has it.</summary>
    public static string EntityTagOf(ReadOnlySpan<byte> document) => $"\"{Convert.ToHexStringLower(SHA256.HashData(document)[..16])}\"";

    /// <summary>How far the list can be relied on.</summary>
    public TrustFreshness Freshness(long nowUnixSeconds) => TrustFreshness.At(List.ExpiresAt, ReadAt, _node.Options.Trust.RefreshInterval.TotalSeconds, nowUnixSeconds);

    /// <summary>When a key of this region may sign at the earliest: five refresh intervals after it came into the list, so that every region knows it by then.</summary>
    /// <returns>Unix milliseconds; the end of time when it is not in the list.</returns>
    public long MaySignFrom(PublicKey key)
    {
        if (!Current.Since.TryGetValue(key, out var since))
        {
            return long.MaxValue;
        }

        return since == 0 ? 0 : since + (long)(TrustFreshness.ReReadIntervals * _node.Options.Trust.RefreshInterval.TotalMilliseconds);
    }

    /// <summary>Takes the newest list that this region's nodes have accepted into use, once the database can be asked.</summary>
    /// <exception cref="ConfigurationException">There is no usable list, or an old one came back, or it does not name the node's keys.</exception>
    public void Prepare()
    {
        var kept = _store.ReadAsync(CancellationToken.None).GetAwaiter().GetResult();
        _floor = kept.Version;
        var found = TryOpenKept(kept);
        if (found is null)
        {
            if (_notUsable is not null)
            {
                throw _notUsable;
            }

            if (List.Version < kept.Version)
            {
                throw new ConfigurationException("Trust:List", $"is version {List.Version}, but this node has accepted version {kept.Version} already: an old list must not come back. Get the newest.");
            }

            Begin(kept);
        }
        else
        {
            (_state, _isSaved) = (found, true);
            if (TryReadFile(out _) is { } document && Take(_file = document, TrustOrigin.File) == TrustTaking.Older)
            {
                LogFileBehind(List.Version);
            }
        }

        OwnKeys.CheckNamed(_node, List);
        _clock.RaiseFloor(List.IssuedAt * 1000);
    }

    /// <summary>Says which list is in use, and keeps it.</summary>
    public async Task BeginAsync()
    {
        _voice.InUse(List);
        await SaveAsync();
    }

    /// <summary>Judges a list that came, and takes it into use if it is newer than any that was accepted.</summary>
    /// <param name="document">As it came.</param>
    /// <param name="origin">Where from.</param>
    public async Task<TrustTaking> TakeAsync(ReadOnlyMemory<byte> document, TrustOrigin origin)
    {
        await _taking.WaitAsync();
        try
        {
            var taking = Take(document, origin);
            if (taking == TrustTaking.New)
            {
                _voice.InUse(List);
                await SaveAsync();
            }

            return taking;
        }
        finally
        {
            _taking.Release();
        }
    }

    /// <summary>A source says that there is nothing newer.</summary>
    public void Checked() => Volatile.Write(ref _readAt, NowSeconds());

    /// <summary>Takes what other nodes of this region have accepted, and keeps what this one has.</summary>
    /// <exception cref="StorageException">The database is away.</exception>
    public async Task SyncAsync(CancellationToken cancellation)
    {
        await _taking.WaitAsync(cancellation);
        try
        {
            if (!_isSaved)
            {
                await SaveAsync();
            }

            var kept = await _store.ReadAsync(cancellation);
            _floor = Math.Max(_floor, kept.Version);
            if (kept.Document is { } document && Take(document, TrustOrigin.Database) == TrustTaking.New)
            {
                _isSaved = true;
                _voice.InUse(List);
            }

            // Another node of this region may have seen a key before.
            var state = Current;
            _state = state with { Since = SinceOf(state.List, key => Math.Min(state.Since[key], kept.SinceOf(key) ?? long.MaxValue)) };
        }
        finally
        {
            _taking.Release();
        }
    }

    /// <summary>Reads the file again.</summary>
    /// <returns>Whether it holds the list in use now.</returns>
    public async Task<bool> ReadFileAsync()
    {
        if (TryReadFile(out var problem) is { } document)
        {
            var taking = await TakeAsync(document, TrustOrigin.File);
            _file = document;
            return taking is TrustTaking.New or TrustTaking.Same;
        }

        Complain(TrustOrigin.File, problem!, () => LogRefused(TrustOrigin.File, $"The file cannot be read: {problem}"));
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _taking.Dispose();

    private TrustTaking Take(ReadOnlyMemory<byte> document, TrustOrigin origin)
    {
        var state = Current;
        if (document.Span.SequenceEqual(state.Document.Span))
        {
            _said.TryRemove(origin, out _);
            return TrustTaking.Same;
        }

        State next;
        try
        {
            next = Judge(document, state.Roots);
        }
        catch (Exception e) when (e is TrustListException or ConfigurationException)
        {
            Complain(origin, e.Message, () => LogRefused(origin, e.Message));
            return TrustTaking.Refused;
        }

        if (next.List.IssuedAt > NowSeconds() + NodeSettings.SkewSeconds)
        {
            // Its time would become this node's own (TrustedClock), and that of all others: one wrong clock where it was drafted would stop every counter.
            Complain(origin, $"{next.List.IssuedAt}", () => LogOfTheFuture(origin, next.List.Version, DateTimeOffset.FromUnixTimeSeconds(next.List.IssuedAt)));
            return TrustTaking.Refused;
        }

        var (version, highest) = (next.List.Version, Math.Max(_floor, state.List.Version));
        if (version < highest)
        {
            // A partner may be a moment behind, and a file that nobody has touched for as long as others were quicker.
            if (origin != TrustOrigin.Partner && !(origin == TrustOrigin.File && document.Span.SequenceEqual(_file.Span)))
            {
                Complain(origin, $"{version}", () => LogOlder(origin, version, highest));
            }

            return TrustTaking.Older;
        }

        if (version == state.List.Version)
        {
            if (TrustListDocument.EncodePayload(next.List).AsSpan().SequenceEqual(TrustListDocument.EncodePayload(state.List)))
            {
                _said.TryRemove(origin, out _);
                return TrustTaking.Same;
            }

            Complain(origin, $"forked {version}", () =>
            {
                _alarms.Alarm("forked-trust-list");
                LogForked(origin, version);
            });
            return TrustTaking.Forked;
        }

        _said.TryRemove(origin, out _);
        _state = next with { Since = SinceOf(next.List, key => state.Since.TryGetValue(key, out var since) ? since : NowMilliseconds()) };
        _isSaved = false;
        _clock.RaiseFloor(next.List.IssuedAt * 1000);
        if (next.Roots.Generation != state.Roots.Generation)
        {
            LogRoots(next.Roots.Generation, string.Join(' ', next.Roots.Keys.Select(key => key.Id)));
        }

        return TrustTaking.New;
    }

    /// <summary>The list that is read at the start: where no list was ever kept, its keys need not wait longer than since it was issued, and those of a federation's first list not at all.</summary>
    private void Begin(KeptTrust? kept)
    {
        var state = Current;
        var first = state.List.Version == 1 || state.List.Version == kept?.Version ? 0 : state.List.IssuedAt * 1000;
        _state = state with { Since = SinceOf(state.List, key => kept?.SinceOf(key) ?? (kept is null or { IsFirst: true } ? first : NowMilliseconds())) };
    }

    private State? TryOpenKept(KeptTrust kept)
    {
        if (kept.Document is null)
        {
            return null;
        }

        try
        {
            var state = Judge(kept.Document, _node.Roots);
            return state with { Since = SinceOf(state.List, key => kept.SinceOf(key) ?? NowMilliseconds()) };
        }
        catch (Exception e) when (e is TrustListException or ConfigurationException)
        {
            LogKeptNotUsable(e.Message);
            return null;
        }
    }

    /// <exception cref="TrustListException">Its signatures or its content are not good.</exception>
    /// <exception cref="ConfigurationException">It does not fit this node.</exception>
    private State Judge(ReadOnlyMemory<byte> document, TrustRoots known)
    {
        var list = TrustListDocument.Open(document, known, out var roots);
        TrustListFit.Check(_node, list, roots);
        return new State(list, document, roots, new Dictionary<PublicKey, long>());
    }

    private Dictionary<PublicKey, long> SinceOf(TrustList list, Func<PublicKey, long> since) => list.FindRegion(_node.Region)!.Keys.ToDictionary(key => key.Key, key => since(key.Key));

    private byte[] ReadFile() => TryReadFile(out var problem) ?? throw new TrustListException($"The file cannot be read: {problem}");

    private byte[]? TryReadFile(out string? problem)
    {
        try
        {
            problem = null;
            return new FileInfo(_node.TrustListFile) is { Exists: true, Length: > TrustListDocument.MaxBytes } ? throw new IOException("it is larger than 1 MiB.") : File.ReadAllBytes(_node.TrustListFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
            return null;
        }
    }

    private async Task SaveAsync()
    {
        try
        {
            var state = Current;
            await _store.SaveAsync(state.List, state.Document, state.Since, NowMilliseconds());
            _isSaved = true;
        }
        catch (Exception e) when (e is StorageException or StorageBusyException)
        {
            LogNotKept(e);
        }
    }

    /// <summary>What a source does wrong again and again is said once.</summary>
    private void Complain(TrustOrigin origin, string what, Action say)
    {
        if (!_said.TryGetValue(origin, out var before) || before != what)
        {
            _said[origin] = what;
            say();
        }
    }

    private long NowSeconds() => _clock.Now().UnixSeconds;

    private long NowMilliseconds() => _clock.Now().UnixMilliseconds;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The roots that sign trust lists are those of generation {Generation} now: {Keys}. Put their public keys into Trust:Roots when you next change the configuration.")]
    private partial void LogRoots(int generation, string keys);

    [LoggerMessage(Level = LogLevel.Error, Message = "The trust list from {Origin} is version {Found}, older than version {Accepted} that was accepted; it is ignored.")]
    private partial void LogOlder(TrustOrigin origin, long found, long accepted);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Trust:List holds an older trust list than version {Accepted}, which this region's nodes have accepted and go on with. Put the newest there.")]
    private partial void LogFileBehind(long accepted);

    [LoggerMessage(Level = LogLevel.Error, Message = "The trust list from {Origin}, version {Version}, was issued {Issued:u}, which has not come yet: it is taken then. The clock of this node is wrong, or that of the machine where it was drafted.")]
    private partial void LogOfTheFuture(TrustOrigin origin, long version, DateTimeOffset issued);

    [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM: the roots have signed two different trust lists of version {Version}; the one from {Origin} is ignored. Two root keys may be stolen: ask those who keep them.")]
    private partial void LogForked(TrustOrigin origin, long version);

    [LoggerMessage(Level = LogLevel.Error, Message = "The trust list from {Origin} cannot be used; the last good one stays in use. {Reason}")]
    private partial void LogRefused(TrustOrigin origin, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The trust list that this region's nodes accepted last cannot be used any more: {Reason}")]
    private partial void LogKeptNotUsable(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The trust list in use could not be kept in the database; it is tried again.")]
    private partial void LogNotKept(Exception exception);

    private sealed record State(TrustList List, ReadOnlyMemory<byte> Document, TrustRoots Roots, Dictionary<PublicKey, long> Since);
}
