using CrossProvince.Contracts.Operations.V1;
using CrossProvince.Core.Verification;

namespace CrossProvince.Service.Operations;

/// <summary>Says in the log, once a day, which certificates and keys end within thirty days: this node's, and those of partners that have come since it started.</summary>
internal sealed partial class ExpiryWatch(NodeOverview overview, TrustedClock clock, ILogger<ExpiryWatch> logger) : BackgroundService
{
    private const long DayMilliseconds = 86_400_000;

    /// <summary>A partner that came for the first time is seen soon.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, long> _said = [];

    /// <summary>Says what has not been said today.</summary>
    public void Look()
    {
        var now = clock.Now().UnixMilliseconds;
        var due = overview.Read().Expiries.Where(expiry => expiry.DaysLeft < Problems.WarnedDays && (expiry.InUseHere || expiry.Kind == ExpiryKind.PartnerCertificate)).ToList();
        foreach (var expiry in due)
        {
            var key = $"{expiry.Kind} {expiry.Subject}";
            if (_said.TryGetValue(key, out var at) && now - at < DayMilliseconds)
            {
                continue;
            }

            _said[key] = now;
            if (expiry.Kind == ExpiryKind.PartnerCertificate)
            {
                LogPartner(expiry.Subject, expiry.DaysLeft);
            }
            else
            {
                LogOwn(expiry.Kind, expiry.Subject, expiry.DaysLeft);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(s_interval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stoppingToken.IsCancellationRequested)
            {
                Look();
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "This node's {Kind} {Subject} ends in {Days} days: replace it.")]
    private partial void LogOwn(ExpiryKind kind, string subject, int days);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The certificate of partner {Subject} ends in {Days} days, after which it is refused: tell them to replace it.")]
    private partial void LogPartner(string subject, int days);
}
