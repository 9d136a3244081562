using System.Globalization;
using System.Net;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;

namespace CrossProvince.Service.Federation;

/// <summary>Asks another region's node for its index (docs/signed-documents.md, "Following another region"). What comes has at most the size that it may have, and is not checked otherwise.</summary>
/// <param name="client">To that node.</param>
/// <param name="region">The region.</param>
internal sealed class PartnerIndex(HttpClient client, RegionCode region)
{
    /// <summary>The newest signed head.</summary>
    public Task<byte[]> GetHeadAsync(CancellationToken cancellation) => GetAsync($"v1/heads/{region}", StatusHeadDocument.MaxBytes, cancellation);

    /// <summary>The signed changes from one to another.</summary>
    /// <returns>Null when the node has them not, or does not know how to give them.</returns>
    public async Task<byte[]?> FindFeedAsync(long from, long to, CancellationToken cancellation)
    {
        try
        {
            return await GetAsync(string.Create(CultureInfo.InvariantCulture, $"v1/feeds/{region}?from={from}&to={to}"), StatusFeedDocument.MaxBytes, cancellation);
        }
        catch (HttpRequestException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Hashes of a list's chunks.</summary>
    public Task<byte[]> GetChunkHashesAsync(ListHead list, CancellationToken cancellation) => GetAsync(
        $"v1/lists/{region}/{list.List}/chunkHashes?root={Convert.ToHexString(list.Root.Span)}", StatusList.MaxChunks * Sm3.HashSize, cancellation);

    /// <summary>A chunk.</summary>
    public Task<byte[]> GetChunkAsync(int list, int chunk, ReadOnlyMemory<byte> hash, CancellationToken cancellation) => GetAsync(
        string.Create(CultureInfo.InvariantCulture, $"v1/lists/{region}/{list}/chunks/{chunk}?hash={Convert.ToHexString(hash.Span)}"), StatusChunk.MaxBytes, cancellation);

    private async Task<byte[]> GetAsync(string path, int most, CancellationToken cancellation)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new HttpRequestException($"{path.Split('?')[0]} was answered with {(int)response.StatusCode}.", null, response.StatusCode);
        }

        return await BoundedBody.TryReadAsync(response, most, cancellation) ?? throw new StatusDocumentException($"{path.Split('?')[0]} is larger than {most} bytes.");
    }
}
