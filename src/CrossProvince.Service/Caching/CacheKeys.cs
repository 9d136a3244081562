using System.Globalization;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using StackExchange.Redis;

namespace CrossProvince.Service.Caching;

/// <summary>Names of everything in the shared cache; docs/operations.md, "Redis", describes each byte by byte.</summary>
/// <remarks>
/// The braces make all keys of a region one hash slot of a cluster, so that a transaction or script on them stays on one server.
/// A new layout gets a new version: nodes of two versions then never read each other's values.
/// </remarks>
internal static class CacheKeys
{
    private const string Version = "v1";

    /// <summary>Who may write the region's index now.</summary>
    public static RedisKey Writer(RegionCode region) => Of(region, "writer");

    /// <summary>Number of the last that has taken the region to write it; grows for ever.</summary>
    public static RedisKey Fence(RegionCode region) => Of(region, "fence");

    /// <summary>What was changed lately: a stream, cut at its old end.</summary>
    public static RedisKey Changes(RegionCode region) => Of(region, "changes");

    /// <summary>The region's signed head.</summary>
    public static RedisKey Head(RegionCode region) => Of(region, "head");

    /// <summary>Two bits an entry.</summary>
    public static RedisKey Status(RegionCode region, int list) => Of(region, List(list, "status"));

    /// <summary>Eight bytes an entry.</summary>
    public static RedisKey Tags(RegionCode region, int list) => Of(region, List(list, "tags"));

    /// <summary>Chunk number to its reasons.</summary>
    public static RedisKey Reasons(RegionCode region, int list) => Of(region, List(list, "reasons"));

    /// <summary>32 bytes a chunk.</summary>
    public static RedisKey Hashes(RegionCode region, int list) => Of(region, List(list, "hashes"));

    /// <summary>Since when used showings are remembered without a gap, and by which server process.</summary>
    public static RedisKey Epoch(RegionCode own) => Of(own, "epoch");

    /// <summary>The use of a showing, or its use within another region.</summary>
    public static RedisKey Used(RegionCode own, RegionCode issuing, ShowingId showing, RegionCode within = default) =>
        Of(own, within == default ? $"used:{issuing}:{showing.Value:x12}" : $"used:{issuing}:{showing.Value:x12}:{within}");

    /// <summary>The record behind an entry of the own region.</summary>
    public static RedisKey Record(RegionCode own, int list, int index) => Of(own, string.Create(CultureInfo.InvariantCulture, $"record:{list}:{index}"));

    /// <summary>Channel on which nodes tell one another that the region's sequence has grown.</summary>
    public static RedisChannel Changed(RegionCode own) => RedisChannel.Literal(Of(own, "changed").ToString());

    private static string List(int list, string what) => string.Create(CultureInfo.InvariantCulture, $"list:{list}:{what}");

    private static RedisKey Of(RegionCode region, string name) => $"cp:{{{region}}}:{Version}:{name}";
}
