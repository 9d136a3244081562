using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Federation.Trusting;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Limits;
using Microsoft.Net.Http.Headers;

namespace CrossProvince.Service.StatusIndex;

/// <summary>Heads, chunk hashes and chunks over HTTP, for nodes and verifiers (signed documents, contract).</summary>
internal static class IndexEndpoints
{
    private const string Binary = "application/cbor";

    /// <summary>
    /// <c>GET /v1/heads/{region}</c>, <c>GET /v1/feeds/{region}?from=SEQ&amp;to=SEQ</c> (of the own region), <c>GET /v1/lists/{region}/{list}/chunkHashes[?root=HEX]</c>,
    /// <c>GET /v1/lists/{region}/{list}/chunks/{chunk}[?hash=HEX]</c>.
    /// </summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var index = routes.MapGroup("/v1").RequireCaller(CallerRole.Node, CallerRole.Verifier);

        index.MapGet("/heads/{region}", (string region, PublishedIndexes published) =>
            RegionCode.TryParse(region, out var code) && published.FindHead(code) is { } head ? Results.Bytes(head, "application/cose") : NotHere("head"));

        index.MapGet("/feeds/{region}", (string region, long from, long to, NodeSettings node, OwnKeys keys, RecentChanges recent) =>
            region == node.Region.ToString() && recent.Find(from, to) is { } changes && keys.Find(KeyUse.Index) is { } signer
                ? Results.Bytes(StatusFeedDocument.Sign(node.Region, [.. changes.Select(change => change.Change)], changes[^1].Hash, signer), "application/cose")
                : NotHere("changes"));

        index.MapGet("/lists/{region}/{list:int}/chunkHashes", (string region, int list, string? root, PublishedIndexes published) =>
            TryHash(root, out var wanted) && RegionCode.TryParse(region, out var code) && published.FindChunkHashes(code, list, wanted) is { } hashes
                ? Results.Bytes(hashes, "application/octet-stream")
                : NotHere("list"));

        index.MapGet("/lists/{region}/{list:int}/chunks/{chunk:int:min(0)}", (string region, int list, int chunk, string? hash, PublishedIndexes published) =>
            TryHash(hash, out var wanted) && RegionCode.TryParse(region, out var code) && published.FindChunk(code, list, chunk, wanted) is { } bytes
                ? Results.Bytes(bytes, Binary)
                : NotHere("chunk"));
    }

    /// <summary><c>GET /v1/statuslists/{region}/{list}</c>: the own region's lists for third parties, for any authenticated caller.</summary>
    public static void MapTokens(IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/statuslists/{region}/{list:int}", (string region, int list, HttpContext context, NodeSettings node, StatusListTokens tokens) =>
        {
            if (region != node.Region.ToString() || tokens.Find(list) is not { } token)
            {
                return HttpErrors.Result(RpcErrors.NotFound(
                    "LIST_NOT_FOUND",
                    $"本节点只签发地区 {node.Region} 的状态表，且没有这份。",
                    $"This node signs the lists of region {node.Region} only, and has no such list there."));
            }

            context.Response.Headers.CacheControl = $"private, max-age={StatusListTokens.TimeToLiveSeconds}";
            return Results.Bytes(token.Document, StatusListToken.MediaType, entityTag: EntityTagHeaderValue.Parse(token.EntityTag));
        }).RequireCaller();

    private static IResult NotHere(string what) => HttpErrors.Result(RpcErrors.NotFound(
        "INDEX_PART_NOT_FOUND", "本节点没有索引的这一部分，或不再持有：请重新读取最新的索引头。", $"This node holds no such {what}, or no longer: read the newest head again."));

    private static bool TryHash(string? hex, out ReadOnlyMemory<byte>? hash)
    {
        hash = null;
        if (hex is null)
        {
            return true;
        }

        if (hex.Length != Sm3.HashSize * 2 || !hex.All(char.IsAsciiHexDigit))
        {
            return false;
        }

        hash = Convert.FromHexString(hex);
        return true;
    }
}
