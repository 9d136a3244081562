using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using Google.Rpc;
using Grpc.Core;

namespace CrossProvince.Service.Federation.Following;

/// <summary>Follows one region, for as long as the node runs: its stream of changes, chunks where the copy is too far behind or differs, and the stream again (docs/adr/0055).</summary>
internal sealed partial class RegionFollower(
    RegionCode region, RegionCopy copy, FollowedRegions followed, TrustSource trust, RegionHttp http, FollowingMetrics metrics, FeedHealth health, ILogger logger)
{
    /// <summary>Heads come twice a second; after this long without anything the stream is dead.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(5);

    /// <summary>How often a region that does not know streams is asked for its head, and how often whether it has learned them.</summary>
    private static readonly TimeSpan s_pullInterval = TimeSpan.FromSeconds(1);
    private const long StreamTriedEveryMilliseconds = 60_000;

    private static readonly TimeSpan s_pullDeadline = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_longestBackoff = TimeSpan.FromSeconds(2);

    private readonly Backoff _backoff = new(s_longestBackoff);
    private bool _differs;
    private bool _isFailing;
    private long _pullsUntil = long.MinValue;

    /// <summary>How many changes the copy lacks that it was told of.</summary>
    public long Behind => copy.Behind;

    /// <summary>Follows until the node stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var wait = TimeSpan.Zero;
            try
            {
                // One that has left the trust list, or contradicted itself, may come back.
                var isFrozen = followed.IsFrozen(region);
                wait = trust.List.FindRegion(region) is { } trusted && !isFrozen ? await FollowAsync(trusted, stopping) : s_pullInterval;
                if (isFrozen)
                {
                    health.Failed(region, "The region has signed two histories; nothing of it is taken until that is settled.");
                }
            }
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (RpcException e)
            {
                wait = _backoff.Next(e.GetRpcStatus()?.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan() ?? default);
                Failed($"{e.StatusCode}: {e.Status.Detail}");
            }
            catch (Exception e) when (e is HttpRequestException or IOException or StatusDocumentException or OperationCanceledException)
            {
                wait = _backoff.Next();
                Failed(e is OperationCanceledException ? "Nothing came for too long." : e.Message);
            }
            catch (Exception e)
            {
                wait = _backoff.Next();
                _isFailing = true;
                health.Failed(region, e.GetType().Name);
                LogBug(e, region);
            }

            await Task.Delay(wait, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>How long to wait before it is followed on.</returns>
    private async Task<TimeSpan> FollowAsync(TrustedRegion trusted, CancellationToken stopping)
    {
        copy.TryRenew(trusted.ListBound);
        copy.Index.ListBound = trusted.ListBound;
        try
        {
            if (Environment.TickCount64 < _pullsUntil)
            {
                await PullAsync(trusted, stopping);
                return s_pullInterval;
            }

            var client = new FederationService.FederationServiceClient(http.Feed(trusted));
            if (!copy.IsFilled || _differs)
            {
                metrics.Fetched(region);
                await SnapshotReader.ReadAsync(client, region, copy, stopping);
                _differs = false;
                Succeeded();
            }

            _differs = !await WatchAsync(client, trusted, stopping);
            return _differs ? _backoff.Next() : TimeSpan.Zero;
        }
        catch (ForkedChainException e)
        {
            await followed.FreezeAsync(region, e);
            return TimeSpan.Zero;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
        {
            // Not yet upgraded.
            _pullsUntil = Environment.TickCount64 + StreamTriedEveryMilliseconds;
            LogPulls(region);
            return TimeSpan.Zero;
        }
    }

    /// <returns>False when the copy needs chunks; true when the stream is to be opened again.</returns>
    private async Task<bool> WatchAsync(FederationService.FederationServiceClient client, TrustedRegion trusted, CancellationToken stopping)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        silence.CancelAfter(s_silence);
        using var call = client.WatchStatus(new WatchStatusRequest { Region = region.ToString(), FromSeq = copy.Index.Seq + 1 }, cancellationToken: silence.Token);
        try
        {
            while (await call.ResponseStream.MoveNext(silence.Token))
            {
                silence.CancelAfter(s_silence);
                var answer = call.ResponseStream.Current;
                switch (answer.ContentCase)
                {
                    case WatchStatusResponse.ContentOneofCase.Batch when !copy.TakeBatch(answer.Batch.Memory):
                        return false;
                    case WatchStatusResponse.ContentOneofCase.Head when !TryTakeHead(answer.Head.Memory):
                        return false;
                }

                if (followed.IsFrozen(region) || trust.List.FindRegion(region) is not { } now || now.ApiEndpoint != trusted.ApiEndpoint || now.ListBound != trusted.ListBound)
                {
                    return true;
                }
            }
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.OutOfRange)
        {
            LogBehind(region, copy.Index.Seq);
            return false;
        }

        // A node that ends the stream in order is asked again, but not without a pause.
        throw new IOException("The stream ended.");
    }

    private bool TryTakeHead(ReadOnlyMemory<byte> document)
    {
        var stands = copy.TakeHead(document);
        health.Seen(region, copy.Index.Seq + copy.Behind);
        switch (stands)
        {
            case FollowedHead.Followed:
                _backoff.Reset();
                Succeeded();
                return true;
            case FollowedHead.Older:
                return true;
            default:
                return false;
        }
    }

    private async Task PullAsync(TrustedRegion trusted, CancellationToken stopping)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        deadline.CancelAfter(s_pullDeadline);
        await IndexPuller.PullAsync(new PartnerIndex(http.For(trusted), region), copy, metrics, deadline.Token);
        _backoff.Reset();
        Succeeded();
    }

    private void Succeeded()
    {
        health.Followed(region);
        health.Seen(region, copy.Index.Seq + copy.Behind);
        if (_isFailing)
        {
            LogBack(region);
        }

        _isFailing = false;
    }

    private void Failed(string reason)
    {
        health.Failed(region, reason);
        if (!_isFailing)
        {
            LogFailed(region, reason);
        }

        _isFailing = true;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The licence index of region {Region} is behind what its node keeps of changes, at change {Seq}: what differs is fetched.")]
    private partial void LogBehind(RegionCode region, long seq);

    [LoggerMessage(Level = LogLevel.Information, Message = "The node of region {Region} does not know status streams yet: it is asked for its head once a second.")]
    private partial void LogPulls(RegionCode region);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The licence index of region {Region} cannot be followed; the last good copy stays in use and grows old. {Reason}")]
    private partial void LogFailed(RegionCode region, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The licence index of region {Region} is followed again.")]
    private partial void LogBack(RegionCode region);

    [LoggerMessage(Level = LogLevel.Error, Message = "Following the licence index of region {Region} failed unexpectedly.")]
    private partial void LogBug(Exception exception, RegionCode region);
}
