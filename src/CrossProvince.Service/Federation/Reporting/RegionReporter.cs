using System.Data.Common;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Federation.Following;
using CrossProvince.Service.Storage;
using Google.Rpc;
using Grpc.Core;

namespace CrossProvince.Service.Federation.Reporting;

/// <summary>Tells one region what was verified of its codes here, for as long as the node runs: a batch, its acknowledgement, the next.</summary>
/// <remarks>About <see cref="AtOnce"/> uses are in memory. What was not acknowledged, by whatever failed, is sent again.</remarks>
internal sealed partial class RegionReporter(
    RegionCode region, string sender, ReportQueue queue, ReportWriting writing, TrustSource trust, RegionHttp http, TrustedClock clock, TimeSpan interval, ReportMetrics metrics, ILogger logger)
{
    /// <summary>Uses of one call, and of one row more at most.</summary>
    private const int AtOnce = 2_000;

    /// <summary>Uses of one message: some 150 KB.</summary>
    private const int OfOneMessage = ReportIntake.MostOfOneMessage;

    /// <summary>How many are counted while they wait.</summary>
    private const int MostCounted = 100_000;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(15);

    /// <summary>Longer than a call may take.</summary>
    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_longestBackoff = TimeSpan.FromSeconds(10);

    /// <summary>A region that does not know reports yet is asked so rarely.</summary>
    private static readonly TimeSpan s_untilUpgraded = TimeSpan.FromSeconds(60);

    private readonly Backoff _backoff = new(s_longestBackoff);
    private bool _isFailing;
    private bool _isMine;

    /// <summary>What waited when it was last counted.</summary>
    public (long Count, TimeSpan Age) Waiting { get; private set; }

    /// <summary>Reports until the node stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var wait = await StepAsync(stopping);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await ReleaseAsync();
    }

    /// <summary>Counts what waits.</summary>
    public async Task CountAsync(CancellationToken cancellation)
    {
        var (count, oldest) = await queue.CountAsync(region, MostCounted, cancellation);
        var age = oldest == 0 ? 0 : Math.Max(0, clock.Now().UnixMilliseconds - oldest);
        Waiting = (count, TimeSpan.FromMilliseconds(age));
    }

    /// <returns>How long to wait before the next.</returns>
    private async Task<TimeSpan> StepAsync(CancellationToken stopping)
    {
        TimeSpan wait;
        try
        {
            var isMore = await ReportAsync(stopping);
            _backoff.Reset();
            return isMore ? TimeSpan.Zero : interval * (0.75 + (Random.Shared.NextDouble() / 2));
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            return TimeSpan.Zero;
        }
        catch (RpcException e)
        {
            wait = e.StatusCode == StatusCode.Unimplemented ? s_untilUpgraded : _backoff.Next(e.GetRpcStatus()?.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan() ?? default);
            Failed($"{e.StatusCode}: {e.Status.Detail}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException or OperationCanceledException or ObjectDisposedException)
        {
            wait = _backoff.Next();
            Failed(e.Message);
        }
        catch (Exception e) when (e is StorageException or StorageBusyException or DbException or TimeoutException)
        {
            // The database says so itself.
            return _backoff.Next();
        }
        catch (Exception e)
        {
            wait = _backoff.Next();
            LogBug(e, region);
        }

        // Another node may reach the region.
        await ReleaseAsync();
        return wait;
    }

    /// <returns>Whether more waits.</returns>
    private async Task<bool> ReportAsync(CancellationToken stopping)
    {
        if (trust.List.FindRegion(region) is not { } trusted || !await queue.AnyAsync(region, stopping) || !(_isMine = await queue.TryTakeAsync(region, sender, s_lease, stopping)))
        {
            return false;
        }

        var batch = await queue.ReadAsync(region, AtOnce, stopping);
        var uses = batch.Uses.Select(writing.Write).OfType<ReportedVerification>().ToList();
        if (uses.Count > 0)
        {
            Sent(await SendAsync(trusted, uses, stopping), uses.Count);
        }

        if (batch.Keys.Count > 0)
        {
            await queue.AcknowledgeAsync(region, batch, clock.Now().UnixMilliseconds);
        }

        return batch.Uses.Count >= AtOnce;
    }

    private async Task<ReportVerificationsResponse> SendAsync(TrustedRegion trusted, List<ReportedVerification> uses, CancellationToken stopping)
    {
        var client = new FederationService.FederationServiceClient(http.Feed(trusted));
        using var call = client.ReportVerifications(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + s_deadline, cancellationToken: stopping);
        try
        {
            foreach (var some in uses.Chunk(OfOneMessage))
            {
                await call.RequestStream.WriteAsync(new ReportVerificationsRequest { Verifications = { some } }, stopping);
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException && !stopping.IsCancellationRequested)
        {
            // The call has ended before everything was sent: its status says why.
        }

        return await call.ResponseAsync;
    }

    private void Sent(ReportVerificationsResponse answer, int count)
    {
        if (answer.Taken < 0 || answer.Known < 0 || answer.Refused < 0 || answer.Taken + answer.Known + answer.Refused != count)
        {
            throw new InvalidDataException("The answer does not account for what was reported.");
        }

        metrics.Sent(region, "taken", answer.Taken);
        metrics.Sent(region, "known", answer.Known);
        metrics.Sent(region, "refused", answer.Refused);
        if (answer.Refused > 0)
        {
            LogRefused(region, answer.Refused);
        }

        if (_isFailing)
        {
            LogBack(region);
        }

        _isFailing = false;
    }

    private void Failed(string reason)
    {
        if (!_isFailing)
        {
            LogFailed(region, reason);
        }

        _isFailing = true;
    }

    private async Task ReleaseAsync()
    {
        if (!_isMine)
        {
            return;
        }

        _isMine = false;
        try
        {
            await queue.ReleaseAsync(region, sender, CancellationToken.None);
        }
        catch (Exception e) when (e is StorageException or StorageBusyException)
        {
            // It ends by itself.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region} cannot be told what was verified of its codes; it waits in the database and is sent once it can. {Reason}")]
    private partial void LogFailed(RegionCode region, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Region {Region} is told again what was verified of its codes.")]
    private partial void LogBack(RegionCode region);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region} has refused {Count} reported uses for what they say: its holders do not see them. Compare clocks, trust list and catalogue with that region; its log says why.")]
    private partial void LogRefused(RegionCode region, long count);

    [LoggerMessage(Level = LogLevel.Error, Message = "Reporting uses to region {Region} failed unexpectedly.")]
    private partial void LogBug(Exception exception, RegionCode region);
}
