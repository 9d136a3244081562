using CrossProvince.Client.Connecting;
using CrossProvince.Core.Status;
using CrossProvince.Faults.Tests.History;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>Writes down which head of which region each node holds, several times a second, held to the trust list: what answers must have been judged by, without asking who judged.</summary>
internal sealed class HeadWatch : IAsyncDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(150);

    private readonly Dictionary<(int At, int Of), List<Sight>> _sights = [];
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loops;

    public HeadWatch(IReadOnlyList<Province> provinces)
    {
        var pairs = provinces.SelectMany(at => provinces.Select(of => (At: at, Of: of))).ToList();
        pairs.ForEach(pair => _sights[(pair.At.Number, pair.Of.Number)] = []);
        _loops = Task.WhenAll(pairs.Select(pair => WatchAsync(pair.At, pair.Of)));
    }

    /// <summary>Between which times the head must have been signed that a node judged by.</summary>
    /// <param name="at">The node.</param>
    /// <param name="of">Whose head.</param>
    /// <param name="asked">When it was asked, Unix milliseconds.</param>
    /// <param name="answered">When its answer came.</param>
    /// <returns>Of the last head seen before it was asked, and of the first seen after it had answered; Unix milliseconds.</returns>
    public (long From, long Until) HeldBetween(int at, int of, long asked, long answered)
    {
        lock (_lock)
        {
            var sights = _sights[(at, of)];
            var before = sights.FindLastIndex(sight => sight.Answered <= asked);
            var after = sights.FindIndex(Math.Max(0, before), sight => sight.Asked >= answered);
            return (before < 0 ? 0 : sights[before].Time, after < 0 ? long.MaxValue : sights[after].Time);
        }
    }

    /// <summary>The time signed in the head of a region that a node was last seen to hold; 0 before it was seen to hold one. Unix milliseconds.</summary>
    public long Latest(int at, int of)
    {
        lock (_lock)
        {
            return _sights[(at, of)] is [.., var last] ? last.Time : 0;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loops;
        _stopping.Dispose();
    }

    private async Task WatchAsync(Province at, Province of)
    {
        while (!_stopping.IsCancellationRequested)
        {
            var asked = Outages.Now();
            try
            {
                var head = await at.GetHeadAsync(of.Code);
                lock (_lock)
                {
                    _sights[(at.Number, of.Number)].Add(new Sight(asked, Outages.Now(), head.TimeMs));
                }
            }
            catch (Exception e) when (e is NodeException or HttpRequestException or StatusDocumentException)
            {
                // It holds none yet.
            }

            await Task.Delay(s_pause, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private sealed record Sight(long Asked, long Answered, long Time);
}
