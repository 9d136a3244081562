using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Hosting;
using StackExchange.Redis;

namespace CrossProvince.Service.Caching;

/// <summary>The Redis that the nodes of one region share; without one, every node keeps to itself.</summary>
/// <remarks>
/// Nothing in it is truth. It may be lost, empty, away or doctored at any moment: what is read is checked, and who asks knows what
/// to do without an answer. After a question without answer none is asked for a moment, so that a Redis that hangs delays few.
/// </remarks>
internal sealed partial class SharedCache : IAsyncDisposable
{
    private const string Setting = "ConnectionStrings:Redis";
    private const int ConnectMilliseconds = 2_000;
    private const int AnswerMilliseconds = 1_000;
    private const int PauseMilliseconds = 500;
    private const int HeartbeatMilliseconds = 250;

    private readonly ConfigurationOptions? _options;
    private readonly ILogger<SharedCache> _logger;
    private ConnectionMultiplexer? _redis;
    private long _pausedUntil;
    private int _isAway;

    /// <summary>Names the server; it is not called before <see cref="Prepare"/>.</summary>
    /// <param name="connectionString">As StackExchange.Redis writes it: <c>HOST:PORT,password=…,ssl=…</c>; empty means no Redis.</param>
    /// <param name="region">The node's region.</param>
    /// <param name="logger">Hears when it goes and comes back.</param>
    /// <exception cref="ConfigurationException">The connection string is at fault.</exception>
    public SharedCache(string connectionString, RegionCode region, ILogger<SharedCache> logger)
    {
        _logger = logger;
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            return;
        }

        try
        {
            _options = ConfigurationOptions.Parse(connectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            // Its message could hold a part of the password.
            throw new ConfigurationException(Setting, "is not a connection string of Redis, such as 'redis.example:6379,user=crossprovince,password=…,ssl=true'.");
        }

        if (_options.EndPoints.Count == 0)
        {
            throw new ConfigurationException(Setting, "names no server, such as 'redis.example:6379'.");
        }

        _options.ClientName = $"crossprovince-{region}";
        _options.AbortOnConnectFail = false;
        _options.BacklogPolicy = BacklogPolicy.FailFast;
        _options.IncludeDetailInExceptions = false;
        _options.ReconnectRetryPolicy = new LinearRetry(PauseMilliseconds);
        _options.HeartbeatInterval = TimeSpan.FromMilliseconds(HeartbeatMilliseconds);
        _options.ConnectTimeout = Given("connectTimeout") ? _options.ConnectTimeout : ConnectMilliseconds;
        _options.AsyncTimeout = Given("asyncTimeout") ? _options.AsyncTimeout : AnswerMilliseconds;
        _options.SyncTimeout = _options.AsyncTimeout;

        bool Given(string name) => connectionString.Contains($"{name}=", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether there is a Redis at all.</summary>
    public bool IsConfigured => _options is not null;

    /// <summary>Whether the last question went without answer.</summary>
    public bool IsAway => IsConfigured && (Volatile.Read(ref _isAway) == 1 || _redis is not { IsConnected: true });

    /// <summary>Connects, for two seconds at most; a server that is away is waited for in the background.</summary>
    /// <exception cref="ConfigurationException">The server refuses the user or the password.</exception>
    public void Prepare()
    {
        if (_options is null)
        {
            return;
        }

        _redis = ConnectionMultiplexer.Connect(_options);
        if (_redis.IsConnected)
        {
            return;
        }

        try
        {
            _redis.GetDatabase().Ping();
        }
        catch (RedisException e) when (IsRefusal(e))
        {
            throw new ConfigurationException(Setting, "names a Redis that refuses the user or the password.");
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            Leave(e);
        }
    }

    /// <summary>Asks Redis.</summary>
    /// <exception cref="CacheAwayException">There was no answer, or none is asked for now.</exception>
    public async Task<T> AskAsync<T>(Func<IDatabase, Task<T>> question)
    {
        if (_redis is null || Environment.TickCount64 < Interlocked.Read(ref _pausedUntil))
        {
            throw new CacheAwayException(null);
        }

        try
        {
            var answer = await question(_redis.GetDatabase());
            if (Interlocked.Exchange(ref _isAway, 0) == 1)
            {
                LogBack();
            }

            return answer;
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            Leave(e);
            throw new CacheAwayException(e);
        }
    }

    /// <summary>Tells whoever listens, without waiting for anything.</summary>
    public void Tell(RedisChannel channel, RedisValue message)
    {
        if (_redis is { IsConnected: true })
        {
            _redis.GetSubscriber().Publish(channel, message, CommandFlags.FireAndForget);
        }
    }

    /// <summary>Hears what is told on a channel, now or once the server is there.</summary>
    public void Listen(RedisChannel channel, Action<RedisValue> heard) =>
        _redis?.GetSubscriber().Subscribe(channel, (_, message) => heard(message), CommandFlags.FireAndForget);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    private void Leave(Exception e)
    {
        // An answer that says no is an answer; a question without one means that the next would wait as long.
        if (e is not RedisServerException)
        {
            Interlocked.Exchange(ref _pausedUntil, Environment.TickCount64 + PauseMilliseconds);
        }

        if (Interlocked.Exchange(ref _isAway, 1) == 0)
        {
            LogAway(Describe(e));
        }
    }

    private static bool IsRefusal(Exception? e) =>
        e is not null && (e is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } || IsRefusal(e.InnerException));

    /// <summary>What is wrong, without keys and values.</summary>
    private static string Describe(Exception e) => e switch
    {
        RedisException refused when IsRefusal(refused) => "It refuses the user or the password.",
        RedisServerException server => server.Message.Split(' ')[0],
        RedisConnectionException connection => connection.FailureType.ToString(),
        _ => "No answer in time.",
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis cannot be used. {Reason} The node goes on without it; ConnectionStrings:Redis says where it is looked for.")]
    private partial void LogAway(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis can be used again.")]
    private partial void LogBack();
}
