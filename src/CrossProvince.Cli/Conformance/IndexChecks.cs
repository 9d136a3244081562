using System.Diagnostics;
using System.Net;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;

namespace CrossProvince.Cli.Conformance;

/// <summary>Heads, lists and tokens as plain resources.</summary>
internal static class IndexChecks
{
    private const string Head = "docs/signed-documents.md, Head";
    private const string Chunk = "docs/signed-documents.md, Chunk";
    private const string Resources = "docs/partners/README.md, What to serve";
    private static readonly TimeSpan s_oftenEnough = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    internal static IEnumerable<Check> Of(Target target)
    {
        yield return new("head", new("索引头", "the head"), Head, "signed by an index key of the region, of this moment", Need.Verifier | Need.Trust, async cancellationToken =>
        {
            var head = await HeadAsync(target, cancellationToken);
            var age = TimeProvider.System.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(head.TimeMs);
            return Finding.Of(age < s_oftenEnough + target.Slack, $"change {head.Seq}, {head.Lists.Count} lists, {age.TotalSeconds:0.0} s old");
        });
        yield return new("head-renewed", new("索引头的更新", "the head a little later"), Head, "signed anew every second at least", Need.Verifier | Need.Trust, async cancellationToken =>
        {
            var first = await HeadAsync(target, cancellationToken);
            var (clock, second) = (Stopwatch.StartNew(), first);
            while (second.TimeMs <= first.TimeMs && clock.Elapsed < s_oftenEnough + target.Slack)
            {
                await Task.Delay(s_pause, cancellationToken);
                second = await HeadAsync(target, cancellationToken);
            }

            return Finding.Of(second.TimeMs > first.TimeMs && second.Seq >= first.Seq, $"{second.TimeMs - first.TimeMs} ms newer after {clock.Elapsed.TotalSeconds:0.0} s, changes {first.Seq} and {second.Seq}");
        });
        yield return new("list-roots", new("状态表的根", "the lists' roots"), Head, "the hashes of a list's chunks make its root", Need.Verifier | Need.Trust, async cancellationToken =>
        {
            var head = await HeadAsync(target, cancellationToken);
            foreach (var list in head.Lists)
            {
                var hashes = await HashesAsync(target, list, cancellationToken);
                if (hashes.Length % Sm3.HashSize != 0 || !Sm3.Hash(hashes).AsSpan().SequenceEqual(list.Root.Span))
                {
                    return Finding.Of(false, $"list {list.List}: {hashes.Length} bytes of hashes make another root");
                }
            }

            return head.Lists.Count > 0 ? Finding.Of(true, $"{head.Lists.Count} lists") : Finding.Skip("the region has no list yet: import a licence");
        });
        yield return new("chunks", new("状态表的分块", "the chunks"), Chunk, "each has its hash, fixed sizes, and entries that do not contradict themselves", Need.Verifier | Need.Trust, cancellationToken => ChunksAsync(target, cancellationToken));
        yield return new("token", new("状态表令牌", "the status list token"), Resources, "application/statuslist+cwt with ETag and Cache-Control; 304 when it is known", Need.Verifier | Need.Trust, cancellationToken => TokenAsync(target, cancellationToken));
        yield return NotFound("list-unknown", new("没有的状态表", "a list that there is not"), target, "v1/lists/{0}/60000/chunkHashes");
        yield return NotFound("region-unknown", new("没有的地区", "a region that there is not"), target, "v1/heads/999999");
        yield return new("head-without-certificate", new("没有证书读取索引头", "the head without a certificate"), Resources, "401", Need.Nothing, async cancellationToken =>
        {
            using var response = await target.Nobody.Http.GetAsync(new Uri($"v1/heads/{target.Region}", UriKind.Relative), cancellationToken);
            return Finding.Of(response.StatusCode == HttpStatusCode.Unauthorized, $"{(int)response.StatusCode}");
        });
    }

    private static Check NotFound(string id, LocalizedText what, Target target, string path) => new(id, what, Resources, "404", Need.Verifier, async cancellationToken =>
    {
        var resource = string.Format(System.Globalization.CultureInfo.InvariantCulture, path, target.Region);
        using var response = await target.Verifier!.Http.GetAsync(new Uri(resource, UriKind.Relative), cancellationToken);
        return Finding.Of(response.StatusCode == HttpStatusCode.NotFound, $"{(int)response.StatusCode}");
    });

    private static async Task<Finding> ChunksAsync(Target target, CancellationToken cancellationToken)
    {
        const int Most = 16;
        var (looked, entries) = (0, 0);
        foreach (var list in (await HeadAsync(target, cancellationToken)).Lists)
        {
            var hashes = await HashesAsync(target, list, cancellationToken);
            for (var chunk = 0; chunk < hashes.Length / Sm3.HashSize && looked < Most; chunk++, looked++)
            {
                var hash = hashes.AsMemory(chunk * Sm3.HashSize, Sm3.HashSize);
                var bytes = await GetAsync(target, $"v1/lists/{target.Region}/{list.List}/chunks/{chunk}?hash={Convert.ToHexStringLower(hash.Span)}", cancellationToken);
                try
                {
                    _ = StatusChunk.Open(bytes, list.List, chunk, hash.Span);
                }
                catch (StatusDocumentException e)
                {
                    return Finding.Of(false, e.Message);
                }
            }

            entries += list.Allocated;
        }

        return looked > 0 ? Finding.Of(true, $"{looked} chunks looked at; {entries} entries given out") : Finding.Skip("the region has no chunk yet: import a licence");
    }

    private static async Task<Finding> TokenAsync(Target target, CancellationToken cancellationToken)
    {
        if ((await HeadAsync(target, cancellationToken)).Lists is not [{ } list, ..])
        {
            return Finding.Skip("the region has no list yet: import a licence");
        }

        var resource = new Uri($"v1/statuslists/{target.Region}/{list.List}", UriKind.Relative);
        using var first = await target.Verifier!.Http.GetAsync(resource, cancellationToken);
        if (first.Headers.ETag is not { } tag)
        {
            return Finding.Of(false, $"{(int)first.StatusCode} without ETag");
        }

        using var again = new HttpRequestMessage(HttpMethod.Get, resource);
        again.Headers.IfNoneMatch.Add(tag);
        using var second = await target.Verifier.Http.SendAsync(again, cancellationToken);
        var (type, cached) = (first.Content.Headers.ContentType?.MediaType, first.Headers.CacheControl?.MaxAge);

        // A new token may have been made in between: then its tag is another.
        var known = second.StatusCode == HttpStatusCode.NotModified || (second.IsSuccessStatusCode && !tag.Equals(second.Headers.ETag));
        return Finding.Of(type == StatusListToken.MediaType && cached is not null && known, $"{type}, max-age {cached?.TotalSeconds:0}, then {(int)second.StatusCode}");
    }

    private static async Task<StatusHead> HeadAsync(Target target, CancellationToken cancellationToken) =>
        StatusHeadDocument.Open(await GetAsync(target, $"v1/heads/{target.Region}", cancellationToken), target.Trust!, target.Region, Target.Now);

    private static Task<byte[]> HashesAsync(Target target, ListHead list, CancellationToken cancellationToken) =>
        GetAsync(target, $"v1/lists/{target.Region}/{list.List}/chunkHashes?root={Convert.ToHexStringLower(list.Root.Span)}", cancellationToken);

    private static Task<byte[]> GetAsync(Target target, string path, CancellationToken cancellationToken) => target.Verifier!.Http.GetByteArrayAsync(new Uri(path, UriKind.Relative), cancellationToken);
}
