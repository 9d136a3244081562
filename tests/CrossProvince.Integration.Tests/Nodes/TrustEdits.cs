using CrossProvince.Cli.Trust;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;

namespace CrossProvince.Integration.Tests.Nodes;

/// <summary>Changes to a trust list before the roots sign it.</summary>
internal static class TrustEdits
{
    internal static TrustListFile Change(this TrustListFile file, RegionCode region, Func<TrustListFile.RegionEntry, TrustListFile.RegionEntry> change) =>
        file with { Regions = [.. file.Regions.Select(r => r.Code == region.ToString() ? change(r) : r)] };

    /// <summary>Makes a key and names it for a region, with the times of the region's first key.</summary>
    internal static TrustListFile AddKey(
        this TrustListFile file, TestFederation federation, RegionCode region, string name, KeyUse use, Func<TrustListFile.KeyEntry, TrustListFile.KeyEntry>? change = null)
    {
        var path = $"{region}/keys/{name}";
        federation.MakeKey(path);
        return file.Change(region, r =>
        {
            var entry = new TrustListFile.KeyEntry { File = $"{path}.pub.pem", Use = use, NotBefore = r.Keys[0].NotBefore, NotAfter = r.Keys[0].NotAfter };
            return r with { Keys = [.. r.Keys, change is null ? entry : change(entry)] };
        });
    }
}
