using System.Collections.Concurrent;
using CrossProvince.Core.Identifiers;

namespace CrossProvince.Core.Status;

/// <summary>The licence index of every region, in memory.</summary>
public sealed class LicenceIndex
{
    private readonly ConcurrentDictionary<RegionCode, RegionIndex> _regions = new();

    /// <summary>The regions held, in no order.</summary>
    public IEnumerable<RegionIndex> Regions => _regions.Select(pair => pair.Value);

    /// <summary>A region's index, without allocating.</summary>
    /// <returns>Null if none is held.</returns>
    public RegionIndex? Find(RegionCode region) => _regions.GetValueOrDefault(region);

    /// <summary>A region's index, made empty if none is held.</summary>
    /// <param name="region">The region.</param>
    /// <param name="listBound">The trust list's bound on the number of its lists, 1 to 65,536; the newest holds.</param>
    public RegionIndex GetOrAdd(RegionCode region, int listBound)
    {
        var index = _regions.GetOrAdd(region, static (code, bound) => new RegionIndex(code, bound), listBound);
        index.ListBound = listBound;
        return index;
    }

    /// <summary>Puts another copy of a region's index in the place of the one held, in one step for readers.</summary>
    public void Replace(RegionIndex index) => _regions[index.Region] = index;
}
