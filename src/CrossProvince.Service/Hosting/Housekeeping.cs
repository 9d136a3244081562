using CrossProvince.Core.Verification;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Operations;
using CrossProvince.Service.Recording;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Verifying;

namespace CrossProvince.Service.Hosting;

/// <summary>What comes due with time: licences whose first day has come, used showings whose codes have died, hours that are no longer counted by themselves.</summary>
internal sealed partial class Housekeeping(LicenceRegister register, UsedShowings used, Database database, GroupCommit commits, TrustedClock clock, ILogger<Housekeeping> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval);
        do
        {
            try
            {
                // By groups, so that no authority waits long behind them.
                while (!stoppingToken.IsCancellationRequested && await register.ActivateDueAsync() is > 0 and var activated)
                {
                    LogActivated(activated);
                }

                await commits.RunAsync(
                    async transaction =>
                    {
                        // Nodes that forget the same rows stand in line, instead of in each other's way.
                        await StatusChainWriter.OpenAsync(transaction);
                        await used.ForgetAsync(transaction, clock.Now().UnixSeconds);
                        await StandingHeads.ForgetAsync(transaction, clock.Now().UnixMilliseconds);
                        await RecordedRequests.ForgetAsync(database, transaction);
                        await Figures.ForgetAsync(transaction, clock.Now().UnixSeconds);
                    },
                    stoppingToken);
            }
            catch (Exception e) when (e is StorageException or StorageBusyException)
            {
                LogFailed(e);
            }
            catch (ChainBehindException)
            {
                // What stands in the way has been said, and nothing may be changed until then.
            }
        }
        while (await WaitAsync(timer, stoppingToken));
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} licences came into force.")]
    private partial void LogActivated(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Housekeeping could not write; it will be tried again.")]
    private partial void LogFailed(Exception exception);
}
