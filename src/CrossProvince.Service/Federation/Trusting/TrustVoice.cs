using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Service.Federation.Trusting;

/// <summary>Says which trust list is in use, and in time that it ends: a list that nobody renewed has stopped whole countries.</summary>
internal sealed partial class TrustVoice(NodeSettings node, TrustedClock clock, ILogger<TrustVoice> logger)
{
    /// <summary>From so many days before its end the list is to be renewed.</summary>
    public const int WarnedDays = 30;

    private const long Day = 86_400;

    private (LogLevel Level, long Day) _said;

    /// <summary>A list is in use.</summary>
    public void InUse(TrustList list)
    {
        var now = clock.Now().UnixSeconds;
        var expiry = DateTimeOffset.FromUnixTimeSeconds(list.ExpiresAt);
        _said = (LevelOf(list, now), now / Day);
        switch (_said.Level)
        {
            case LogLevel.Critical:
                LogTooOld(list.Version, expiry);
                break;
            case LogLevel.Error:
                LogExpired(list.Version, expiry);
                break;
            case LogLevel.Warning:
                LogEndsSoon(list.Version, expiry);
                break;
            default:
                LogInUse(list.Version, list.Regions.Count, expiry);
                break;
        }
    }

    /// <summary>Says that the list ends soon, or has ended: when that comes about, and once a day from then on.</summary>
    public void Watch(TrustList list)
    {
        var now = clock.Now().UnixSeconds;
        var level = LevelOf(list, now);
        if (level > LogLevel.Information && _said != (level, now / Day))
        {
            InUse(list);
        }
    }

    private LogLevel LevelOf(TrustList list, long now) => TrustFreshness.At(list.ExpiresAt, now, node.Options.Trust.RefreshInterval.TotalSeconds, now) switch
    {
        { TooOld: true } => LogLevel.Critical,
        { Expired: true } => LogLevel.Error,
        _ => list.ExpiresAt - now < WarnedDays * Day ? LogLevel.Warning : LogLevel.Information,
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "Trust list version {Version} with {Regions} regions is in use; it expires {Expiry:u}.")]
    private partial void LogInUse(long version, int regions, DateTimeOffset expiry);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Trust list version {Version} is in use; it expires {Expiry:u}, in less than 30 days. Ask those who keep the roots for the next.")]
    private partial void LogEndsSoon(long version, DateTimeOffset expiry);

    [LoggerMessage(Level = LogLevel.Error, Message = "Trust list version {Version} expired {Expiry:u}: answers are marked stale, and seven days after that date none is given. Renew it.")]
    private partial void LogExpired(long version, DateTimeOffset expiry);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Trust list version {Version} expired {Expiry:u}, more than seven days ago: every verification is UNDETERMINED until it is renewed.")]
    private partial void LogTooOld(long version, DateTimeOffset expiry);
}
