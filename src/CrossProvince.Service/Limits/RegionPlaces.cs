using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Hosting;
using Grpc.Core;

namespace CrossProvince.Service.Limits;

/// <summary>How many streams of a kind each partner region has open, whichever of its nodes opened them.</summary>
/// <param name="most">How many it may have.</param>
internal sealed class RegionPlaces(int most)
{
    private readonly Dictionary<RegionCode, int> _taken = [];

    /// <summary>How many each region has open.</summary>
    public IReadOnlyList<(RegionCode Region, int Streams)> Taken()
    {
        lock (_taken)
        {
            return [.. _taken.Select(pair => (pair.Key, pair.Value))];
        }
    }

    /// <summary>Takes a place.</summary>
    /// <param name="region">The partner region.</param>
    /// <returns>Gives it back.</returns>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: it has as many as it may.</exception>
    public IDisposable Enter(RegionCode region)
    {
        lock (_taken)
        {
            var now = _taken.GetValueOrDefault(region);
            if (now >= most)
            {
                throw RpcErrors.ResourceExhausted(
                    "TOO_MANY_STREAMS",
                    $"地区 {region} 同时打开的此类流不能超过 {most} 个。",
                    $"Region {region} may have {most} streams of this kind open at once: try again when one has ended.",
                    TimeSpan.FromSeconds(5));
            }

            _taken[region] = now + 1;
        }

        return new Releasing(() =>
        {
            lock (_taken)
            {
                if (--_taken[region] == 0)
                {
                    _taken.Remove(region);
                }
            }
        });
    }

    private sealed class Releasing(Action release) : IDisposable
    {
        private Action? _release = release;

        public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
    }
}
