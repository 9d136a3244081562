using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace CrossProvince.Service.Identity;

/// <summary>The keys of one identity provider: read when needed, kept while it is away.</summary>
/// <remarks>
/// A token that names a key not held fetches the keys before it is judged, so that rotation refuses nobody; strangers can make
/// the node do so every ten seconds at most. Otherwise keys are fetched in the background when they grow old.
/// </remarks>
internal sealed partial class TokenKeys(TokenIssuer issuer, TimeProvider time, ILogger<TokenKeys> logger)
{
    /// <summary>Between two tries.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private Held? _held;
    private Task? _reading;
    private DateTimeOffset _triedAt = DateTimeOffset.MinValue;
    private bool _failed;

    /// <summary>The keys held now, of whatever age.</summary>
    public IReadOnlyList<SecurityKey> Current => Volatile.Read(ref _held)?.Keys ?? [];

    /// <summary>Sees to it that the keys are as new as a token needs them.</summary>
    /// <param name="kid">The key that the token names, or null.</param>
    /// <param name="cancellation">Ends the wait, not the fetching.</param>
    /// <returns>Whether there are keys to judge it by; false: the provider is away, and was for too long.</returns>
    public async Task<bool> PrepareAsync(string? kid, CancellationToken cancellation)
    {
        var held = Volatile.Read(ref _held);
        if (held is null || IsOver(held) || (kid is not null && !held.Keys.Any(k => k.KeyId is null || k.KeyId == kid)))
        {
            await ReadAgain().WaitAsync(cancellation);
            held = Volatile.Read(ref _held);
        }
        else if (Age(held) >= issuer.KeysRefresh)
        {
            _ = ReadAgain();
        }

        return held is not null && !IsOver(held);
    }

    private bool IsOver(Held held) => Age(held) > issuer.KeysMaxAge;

    private TimeSpan Age(Held held) => (time.GetUtcNow() - held.ReadAt).Duration();

    private Task ReadAgain()
    {
        lock (_gate)
        {
            if (_reading is { IsCompleted: false })
            {
                return _reading;
            }

            if ((time.GetUtcNow() - _triedAt).Duration() < Interval)
            {
                return Task.CompletedTask;
            }

            _triedAt = time.GetUtcNow();
            return _reading = ReadAsync();
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            var keys = await issuer.ReadKeys(CancellationToken.None);
            var isNews = _failed || _held is not { } held || !held.Keys.Select(k => k.KeyId).SequenceEqual(keys.Select(k => k.KeyId));
            Volatile.Write(ref _held, new Held(keys, time.GetUtcNow()));
            _failed = false;
            if (isNews)
            {
                LogRead(issuer.Name, keys.Count);
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or UnauthorizedAccessException
            or InvalidDataException or JsonException or ArgumentException)
        {
            if (!_failed)
            {
                LogNotRead(issuer.Name, e.Message);
            }

            _failed = true;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Keys of identity provider {Issuer} were read: {Count}.")]
    private partial void LogRead(string issuer, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Keys of identity provider {Issuer} cannot be read; the last good ones stay in use. {Problem}")]
    private partial void LogNotRead(string issuer, string problem);

    private sealed record Held(IReadOnlyList<SecurityKey> Keys, DateTimeOffset ReadAt);
}
