using System.Collections.Concurrent;
using System.Security.Authentication;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Hosting;
using StackExchange.Redis;

namespace CrossProvince.Service.Caching;

/// <summary>The Redis that the nodes of one region share, one server, a cluster, or whatever Sentinels name; without one, every node keeps to itself.</summary>
/// <remarks>
/// Nothing in it is truth. It may be lost, empty, away or doctored at any moment: what is read is checked, and who asks knows what
/// to do without an answer. After a question without answer none is asked until a probe is answered, so that a Redis that hangs delays few. In a
/// cluster that goes for each region by itself, since each region's keys are on one of its servers.
/// </remarks>
internal sealed partial class SharedCache : IAsyncDisposable
{
    private const string Rights = "docs/operations.md, \"Redis\", has the line for ACL SETUSER";
    private static readonly TimeSpan s_probeInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a server is waited for that others of its cluster name.</summary>
    private static readonly TimeSpan s_connecting = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_connectingInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a refused question counts as a Redis that is not well, and how often it is said.</summary>
    private static readonly TimeSpan s_refusalCounts = TimeSpan.FromSeconds(10);

    private readonly CacheAddress? _address;
    private readonly RegionCode _region;
    private readonly ILogger<SharedCache> _logger;
    private readonly ConcurrentDictionary<int, Part> _parts = new();
    private readonly ConcurrentDictionary<string, long> _refusals = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _connecting = new();
    private readonly List<(RedisChannel Channel, Action<RedisValue> Heard)> _listeners = [];
    private volatile ConnectionMultiplexer? _redis;
    private ConnectionMultiplexer? _sentinels;
    private Task _background = Task.CompletedTask;

    /// <summary>Names the server; it is not called before <see cref="Prepare"/>.</summary>
    /// <param name="connectionString">As StackExchange.Redis writes it: <c>HOST:PORT,password=…,ssl=…</c>; empty means no Redis.</param>
    /// <param name="region">The node's region.</param>
    /// <param name="logger">Hears when it goes and comes back.</param>
    /// <param name="options">What the connection string cannot say.</param>
    /// <exception cref="ConfigurationException">The connection string or a file is at fault.</exception>
    public SharedCache(string connectionString, RegionCode region, ILogger<SharedCache> logger, RedisOptions? options = null) =>
        (_region, _logger, _address) = (region, logger, CacheAddress.Read(connectionString, options ?? new RedisOptions(), region));

    /// <summary>Whether there is a Redis at all.</summary>
    public bool IsConfigured => _address is not null;

    /// <summary>Whether the last question about the own region went without answer, or one was refused a moment ago.</summary>
    public bool IsAway => IsConfigured && (_redis is not { IsConnected: true } redis || PartOf(redis, _region).IsSilent || HasRefused);

    private bool HasRefused => _refusals.Values.Any(at => Environment.TickCount64 - at < s_refusalCounts.TotalMilliseconds);

    /// <summary>Connects, for some seconds at most; a server that is away is waited for in the background.</summary>
    /// <exception cref="ConfigurationException">The server refuses the user or the password, or the user may do too little.</exception>
    public void Prepare()
    {
        if (_address is null)
        {
            return;
        }

        if (!TryConnect())
        {
            LogAway(_address.Tls?.Fault ?? "No Sentinel names a server.");
            _background = ConnectLaterAsync();
            return;
        }

        var redis = _redis!;
        try
        {
            if (FindMissing(redis) is { Count: > 0 } missing)
            {
                throw new ConfigurationException(CacheAddress.Setting, $"names a user that may do too little on keys and channels cp:*: it lacks {string.Join(' ', missing)}; {Rights}.");
            }
        }
        catch (RedisServerException e) when (e.Message.Contains("acl_check_cmd", StringComparison.Ordinal))
        {
            throw new ConfigurationException(CacheAddress.Setting, "names a Redis older than version 7.");
        }
        catch (RedisException e) when (IsUnknownUser(e))
        {
            throw new ConfigurationException(CacheAddress.Setting, "names a Redis that refuses the user or the password.");
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            Leave(redis, _region, e);
            _background = CheckRightsLaterAsync();
        }
    }

    /// <summary>A cluster may be there while the connection to the server in question is still made: it is waited for.</summary>
    private IReadOnlyList<string> FindMissing(ConnectionMultiplexer redis)
    {
        for (var start = Environment.TickCount64; ;)
        {
            try
            {
                return CacheRights.FindMissingAsync(redis.GetDatabase(), CacheKeys.Writer(_region)).GetAwaiter().GetResult();
            }
            catch (RedisConnectionException e) when (redis.IsConnected && !IsUnknownUser(e) && Environment.TickCount64 - start < s_connecting.TotalMilliseconds)
            {
                Thread.Sleep(s_connectingInterval);
            }
        }
    }

    /// <summary>Asks Redis about the own region.</summary>
    /// <exception cref="CacheAwayException">There was no answer, it was refused, or none is asked for now.</exception>
    public Task<T> AskAsync<T>(Func<IDatabase, Task<T>> question) => AskAsync(_region, question);

    /// <summary>Asks Redis.</summary>
    /// <param name="region">The region whose keys are asked about; the question may touch no other's.</param>
    /// <param name="question">The question; it may be put again.</param>
    /// <exception cref="CacheAwayException">There was no answer, it was refused, or none is asked for now.</exception>
    public async Task<T> AskAsync<T>(RegionCode region, Func<IDatabase, Task<T>> question)
    {
        if (_redis is not { } redis || PartOf(redis, region).IsSilent)
        {
            throw new CacheAwayException(null);
        }

        try
        {
            return await question(redis.GetDatabase());
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            Leave(redis, region, e);
            throw new CacheAwayException(e);
        }
    }

    /// <summary>Tells whoever listens, without waiting for anything.</summary>
    public void Tell(RedisChannel channel, RedisValue message)
    {
        if (_redis is { IsConnected: true } redis)
        {
            // What is told at a replica is not heard at the master.
            redis.GetSubscriber().Publish(channel, message, CommandFlags.FireAndForget | CommandFlags.DemandMaster);
        }
    }

    /// <summary>Hears what is told on a channel, now or once the server is there.</summary>
    public void Listen(RedisChannel channel, Action<RedisValue> heard)
    {
        lock (_connecting)
        {
            _listeners.Add((channel, heard));
            if (_redis is { } redis)
            {
                Subscribe(redis, channel, heard);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _background;
        if (_redis is { } redis)
        {
            await redis.DisposeAsync();
        }

        if (_sentinels is { } sentinels)
        {
            await sentinels.DisposeAsync();
        }

        _stopping.Dispose();
    }

    private void Subscribe(ConnectionMultiplexer redis, RedisChannel channel, Action<RedisValue> heard) => _ = SubscribeAsync(redis, channel, heard);

    /// <summary>Until the server has confirmed it; from then on the library keeps it up.</summary>
    private async Task SubscribeAsync(ConnectionMultiplexer redis, RedisChannel channel, Action<RedisValue> heard)
    {
        do
        {
            try
            {
                await redis.GetSubscriber().SubscribeAsync(channel, (_, message) => heard(message), CommandFlags.DemandMaster);
                return;
            }
            catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
            {
                // Not there yet.
            }
        }
        while (await WaitAsync());
    }

    private bool TryConnect()
    {
        var redis = _address!.Connect(ref _sentinels);
        if (redis is null)
        {
            return false;
        }

        lock (_connecting)
        {
            _redis = redis;
            _listeners.ForEach(l => Subscribe(redis, l.Channel, l.Heard));
        }

        return true;
    }

    /// <summary>Asks Sentinels until one names a server; from then on the library follows it by itself.</summary>
    private async Task ConnectLaterAsync()
    {
        while (await WaitAsync())
        {
            if (await Task.Run(TryConnect))
            {
                LogBack();
                await CheckRightsLaterAsync();
                return;
            }
        }
    }

    /// <summary>A server that was away at the start is asked once it is there.</summary>
    private async Task CheckRightsLaterAsync()
    {
        while (await WaitAsync())
        {
            try
            {
                await CheckRightsAsync(_redis!);
                return;
            }
            catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
            {
                // Still away.
            }
        }
    }

    private async Task CheckRightsAsync(ConnectionMultiplexer redis)
    {
        if (await CacheRights.FindMissingAsync(redis.GetDatabase(), CacheKeys.Writer(_region)) is { Count: > 0 } missing)
        {
            LogMissing(string.Join(' ', missing));
        }
    }

    /// <returns>Whether to go on.</returns>
    private async Task<bool> WaitAsync()
    {
        if (!_stopping.IsCancellationRequested)
        {
            await Task.Delay(s_probeInterval, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return !_stopping.IsCancellationRequested;
    }

    /// <summary>The server that a region's keys are on.</summary>
    private Part PartOf(ConnectionMultiplexer redis, RegionCode region) => _parts.GetOrAdd(redis.HashSlot(CacheKeys.Head(region)), static _ => new Part());

    private void Leave(ConnectionMultiplexer redis, RegionCode region, Exception e)
    {
        if (e is RedisServerException refused)
        {
            Refuse(redis, refused);
            return;
        }

        // A question without answer means that the next would wait as long.
        var part = PartOf(redis, region);
        if (part.BecomesSilent() && !_stopping.IsCancellationRequested)
        {
            LogAway(Describe(e));
            _ = ProbeAsync(redis, region, part);
        }
    }

    private async Task ProbeAsync(ConnectionMultiplexer redis, RegionCode region, Part part)
    {
        while (await WaitAsync())
        {
            try
            {
                await redis.GetDatabase().StringGetAsync(CacheKeys.Head(region));
            }
            catch (Exception e) when (e is TimeoutException or ObjectDisposedException or (RedisException and not RedisServerException))
            {
                continue;
            }
            catch (RedisServerException)
            {
                // It answers; the next question shows what it thinks.
            }

            part.Answers();
            LogBack();
            return;
        }
    }

    /// <summary>It answers, and says no: the next question may be another.</summary>
    private void Refuse(ConnectionMultiplexer redis, RedisServerException e)
    {
        var kind = CacheRights.IsRefusal(e) ? "NOPERM" : KindOf(e);
        var now = Environment.TickCount64;
        var isNew = !_refusals.TryGetValue(kind, out var last) || now - last > s_refusalCounts.TotalMilliseconds;
        _refusals[kind] = now;
        if (!isNew)
        {
            return;
        }

        if (kind == "NOPERM")
        {
            _ = SayMissingAsync(redis);
        }
        else
        {
            LogRefused(kind);
        }
    }

    private async Task SayMissingAsync(ConnectionMultiplexer redis)
    {
        try
        {
            await CheckRightsAsync(redis);
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            LogRefused("NOPERM");
        }
    }

    /// <summary>Whether the user is refused. The library calls a TLS that cannot be set up by the same name.</summary>
    private bool IsUnknownUser(RedisException refused)
    {
        var chain = new List<Exception>();
        for (Exception? e = refused; e is not null; e = e.InnerException)
        {
            chain.Add(e);
        }

        return _address!.Tls?.Fault is null
            && chain.Exists(e => e is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure })
            && !chain.Exists(e => e is AuthenticationException or IOException);
    }

    private static string KindOf(RedisServerException e) => e.Message.Split(' ')[0];

    /// <summary>What is wrong, without keys and values.</summary>
    private string Describe(Exception e) => _address!.Tls?.Fault is { } fault ? fault : e switch
    {
        RedisException refused when IsUnknownUser(refused) => "It refuses the user or the password.",
        RedisConnectionException { FailureType: ConnectionFailureType.SocketClosed } when _address.Tls is null => "It closes the connection; does it expect TLS (ssl=true)?",
        RedisConnectionException connection when _address.Tls is not null => $"{connection.FailureType}. Does it listen with TLS there, and accept what Redis:Certificate names?",
        RedisConnectionException connection => $"{connection.FailureType}.",
        _ => "No answer in time.",
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis cannot be used. {Reason} The node goes on without it; ConnectionStrings:Redis says where it is looked for.")]
    private partial void LogAway(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis can be used again.")]
    private partial void LogBack();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis refuses what it is asked: {Kind}. The node goes on without that.")]
    private partial void LogRefused(string kind);

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis does not allow its user {Missing} on keys and channels cp:*. The node goes on without; docs/operations.md, \"Redis\", has the line for ACL SETUSER.")]
    private partial void LogMissing(string missing);

    /// <summary>One server's share of the keys.</summary>
    private sealed class Part
    {
        private int _silent;

        /// <summary>Whether nothing is to be asked now.</summary>
        public bool IsSilent => Volatile.Read(ref _silent) == 1;

        /// <returns>Whether it was not before.</returns>
        public bool BecomesSilent() => Interlocked.Exchange(ref _silent, 1) == 0;

        public void Answers() => Volatile.Write(ref _silent, 0);
    }
}
