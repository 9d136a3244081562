using System.Collections.Concurrent;
using System.Data.Common;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Verifying;

namespace CrossProvince.Service.Federation;

/// <summary>Pulls the signed heads of every other region each second, and the chunks that changed.</summary>
/// <remarks>
/// Whatever fails, the last good copy stays and grows old; a chunk is taken only when its hash leads to a root in a head that
/// the region's index key has signed. Each region has its own loop, so that a slow partner slows only itself. Who is a little behind takes in the changes
/// and compares the lists that these make with the head; who is far behind, or has come to differ, fetches chunks.
/// </remarks>
internal sealed partial class IndexPuller(
    NodeSettings node, TrustSource trust, LicenceIndex index, PublishedIndexes published, SharedIndexReader stored, TrustedClock clock, RegionHttp http, SeenHeads seen,
    VerifyingMetrics metrics, FeedHealth health, ILogger<IndexPuller> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);

    /// <summary>Several nodes of a region sign heads, and their clocks differ: a head older than the copy is nothing new, until the copy has grown this old over it.</summary>
    private static readonly TimeSpan s_lag = TimeSpan.FromSeconds(10);

    /// <summary>Which head of the own region a partner holds is asked more rarely: it changes nothing but after a restore.</summary>
    private const int PullsAQuestion = 10;

    /// <summary>Chunks asked for at once, over one connection.</summary>
    private const int ChunksAtOnce = 16;

    private readonly ConcurrentDictionary<RegionCode, long> _forks = new();

    /// <summary>Takes over what the shared cache keeps, before the node answers anything: a region that is away now need not have been pulled by this process.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var region in trust.List.Regions.Where(r => r.Code != node.Region))
        {
            if (await stored.ReadAsync(region.Code) is { } found)
            {
                var copy = index.GetOrAdd(region.Code, region.ListBound);
                found.Fill(copy);
                published.Add(Snapshot(copy, found.Head), found.Document, keep: 1);
                LogLoaded(region.Code, found.Head.Seq, found.Head.TimeMs);
            }
        }

        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = new Dictionary<RegionCode, Task>();
        while (!stoppingToken.IsCancellationRequested)
        {
            foreach (var region in trust.List.Regions.Where(r => r.Code != node.Region && !loops.ContainsKey(r.Code)))
            {
                loops.Add(region.Code, PullForeverAsync(region.Code, stoppingToken));
            }

            await Task.Delay(s_interval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(loops.Values);
    }

    private async Task PullForeverAsync(RegionCode region, CancellationToken stopping)
    {
        var failing = false;
        var pulls = 0;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                deadline.CancelAfter(s_deadline);
                if (trust.List.FindRegion(region) is { } trusted)
                {
                    await PullAsync(trusted, deadline.Token);
                    if (++pulls % PullsAQuestion == 1)
                    {
                        await seen.AskAsync(http.For(trusted), region.ToString(), deadline.Token);
                    }
                }

                if (failing)
                {
                    LogBack(region);
                }

                failing = false;
                health.Followed(region);
            }
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or StatusDocumentException)
            {
                if (!failing)
                {
                    LogFailed(region, e.Message);
                }

                failing = true;
                health.Failed(region, e.Message);
            }
            catch (Exception e) when (e is StorageException or StorageBusyException or DbException)
            {
                // The pull itself is done; the own database says so elsewhere.
            }
            catch (Exception e)
            {
                LogBug(e, region);
                failing = true;
                health.Failed(region, e.GetType().Name);
            }

            CheckMemory(region);
            await Task.Delay(s_interval, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task PullAsync(TrustedRegion region, CancellationToken cancellation)
    {
        var partner = new PartnerIndex(http.For(region), region.Code);
        var document = await partner.GetHeadAsync(cancellation);
        var head = StatusHeadDocument.Open(document, trust.List, region.Code, clock.Now().UnixSeconds);
        var copy = index.GetOrAdd(region.Code, region.ListBound);
        health.Seen(region.Code, head.Seq);

        // A head that leads nowhere is refused before anything is fetched for it.
        switch (copy.Compare(head))
        {
            case HeadOrder.Older when clock.Now().UnixMilliseconds - copy.AsOfMs < s_lag.TotalMilliseconds:
                return;
            case HeadOrder.Forked:
                RaiseAlarm(region.Code, head.Seq);
                break;
        }

        copy.CheckFollows(head);
        if (!await TryFollowFeedAsync(partner, copy, head, cancellation))
        {
            foreach (var list in head.Lists)
            {
                await PullListAsync(partner, copy, list, cancellation);
            }

            copy.Follow(head);
        }

        published.Add(Snapshot(copy, head), document, keep: 1);
    }

    /// <summary>Takes in the changes between copy and head, which are a thousandth of the chunks that they change.</summary>
    /// <returns>Whether the copy has come to the head; otherwise what differs must be fetched as chunks.</returns>
    private async Task<bool> TryFollowFeedAsync(PartnerIndex partner, RegionIndex copy, StatusHead head, CancellationToken cancellation)
    {
        if (copy.Seq == 0 || head.Seq - copy.Seq is < 1 or > StatusFeedDocument.MaxChanges || await partner.FindFeedAsync(copy.Seq + 1, head.Seq, cancellation) is not { } document)
        {
            return false;
        }

        try
        {
            foreach (var change in StatusFeedDocument.Open(document, trust.List, head, copy.Seq, copy.ChainHash, clock.Now().UnixSeconds))
            {
                copy.Apply(change);
            }

            // The head's roots are those of all lists: what has come to differ, whenever and however, shows here.
            copy.Follow(head);
            return true;
        }
        catch (StatusDocumentException e)
        {
            LogDiverged(copy.Region, e.Message);
            metrics.Alarm("diverged-copy");
            return false;
        }
    }

    /// <summary>Holds some of the copy's memory against its hashes. What was lost is fetched by the next pull, since it differs from every head.</summary>
    private void CheckMemory(RegionCode region)
    {
        if (index.Find(region) is { } copy)
        {
            foreach (var (list, chunk) in copy.CheckMemory(MemoryRound.Chunks(copy, s_interval)))
            {
                LogDamaged(region, list, chunk);
                metrics.Alarm("damaged-memory");
            }
        }
    }

    private static RegionSnapshot Snapshot(RegionIndex copy, StatusHead head) => new(head, [.. head.Lists.Select(l => copy.Snapshot(l.List))]);

    /// <summary>Once for each change at which a region has told two stories.</summary>
    private void RaiseAlarm(RegionCode region, long seq)
    {
        if (_forks.TryGetValue(region, out var known) && known == seq)
        {
            return;
        }

        _forks[region] = seq;
        metrics.Alarm("forked-chain");
        LogForked(region, seq);
    }

    /// <summary>Fetches the chunks of a list in which a copy differs.</summary>
    /// <exception cref="StatusDocumentException">What came does not lead to the list's root.</exception>
    internal static async Task PullListAsync(PartnerIndex partner, RegionIndex copy, ListHead list, CancellationToken cancellation)
    {
        var held = copy.Snapshot(list.List);
        if (held.Root.Span.SequenceEqual(list.Root.Span))
        {
            return;
        }

        var hashes = await partner.GetChunkHashesAsync(list, cancellation);
        var chunks = new ParallelOptions { MaxDegreeOfParallelism = ChunksAtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(held.FindChangedChunks(hashes, list.Root.Span), chunks, async (number, stopping) =>
        {
            var hash = hashes.AsMemory(number * Sm3.HashSize, Sm3.HashSize);
            copy.ReplaceChunk(StatusChunk.Open(await partner.GetChunkAsync(list.List, number, hash, stopping), list.List, number, hash.Span));
        });
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The licence index of region {Region} up to change {Seq} is taken over from Redis, as of {AsOfMilliseconds}.")]
    private partial void LogLoaded(RegionCode region, long seq, long asOfMilliseconds);

    [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM: region {Region} has signed two different histories of its change {Seq}. Its index key may be stolen, or its database doubled: tell that region. The last good copy stays in use and grows old.")]
    private partial void LogForked(RegionCode region, long seq);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The copy of region {Region}'s licence index did not come to the signed head by the region's changes; what differs is fetched anew. {Reason}")]
    private partial void LogDiverged(RegionCode region, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Memory was damaged in the copy of region {Region}'s licence index, list {List}, chunk {Chunk}: its licences are UNDETERMINED until it is fetched anew. If this comes again, have this machine's memory tested.")]
    private partial void LogDamaged(RegionCode region, int list, int chunk);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The licence index of region {Region} cannot be pulled; the last good copy stays in use and grows old. {Reason}")]
    private partial void LogFailed(RegionCode region, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The licence index of region {Region} is pulled again.")]
    private partial void LogBack(RegionCode region);

    [LoggerMessage(Level = LogLevel.Error, Message = "Pulling the licence index of region {Region} failed unexpectedly.")]
    private partial void LogBug(Exception exception, RegionCode region);
}
