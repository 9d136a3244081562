using System.CommandLine;
using CrossProvince.Cli.Certs;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;

namespace CrossProvince.Cli.Trust;

/// <summary>Changes drafts of trust lists. What is written always keeps the rules of a list.</summary>
internal static class TrustDrafts
{
    /// <summary>A list with other content.</summary>
    internal static TrustList With(
        this TrustList list, long? version = null, long? issuedAt = null, long? expiresAt = null, IReadOnlyList<TrustedRegion>? regions = null, ReadOnlyMemory<byte>? catalogueHash = null,
        IReadOnlyList<ReadOnlyMemory<byte>>? rootChanges = null) =>
        new(version ?? list.Version, issuedAt ?? list.IssuedAt, expiresAt ?? list.ExpiresAt, regions ?? list.Regions, catalogueHash ?? list.CatalogueHash, rootChanges ?? list.RootChanges);

    /// <summary>A list with one region changed.</summary>
    internal static TrustList Change(this TrustList list, RegionCode region, Func<TrustedRegion, TrustedRegion> change)
    {
        if (list.FindRegion(region) is null)
        {
            throw new UsageException($"草稿中没有地区 {region}。", $"The draft has no region {region}.");
        }

        return list.With(regions: [.. list.Regions.Select(entry => entry.Code == region ? change(entry) : entry)]);
    }

    /// <summary>Changes a draft in its file.</summary>
    internal static TrustList Edit(ParseResult parsed, Argument<string> draft, Func<TrustList, TrustList> edit)
    {
        var path = parsed.GetRequiredValue(draft);
        var list = TrustPaper.ReadDraft(path);
        try
        {
            list = edit(list);
        }
        catch (TrustListException e)
        {
            throw new UsageException($"草稿未改动：{e.Message}", $"The draft was left as it is. {e.Message}");
        }

        Write(path, list, new OutputFiles(force: true));
        return list;
    }

    /// <summary>Writes a draft.</summary>
    internal static void Write(string path, TrustList list, OutputFiles files) => files.WritePublic(path, TrustListDocument.EncodePayload(list));

    /// <summary>Says which draft there is now.</summary>
    internal static void SayDraft(this ParseResult parsed, TrustList list, string zh, string en)
    {
        var digest = TrustPaper.DigestOf(TrustListDocument.EncodePayload(list));
        parsed.Say($"{zh}草稿第 {list.Version} 版，摘要 {digest}。", $"{en} Draft of version {list.Version}, digest {digest}.");
    }
}
