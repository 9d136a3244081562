using System.Net;
using System.Net.Http.Headers;
using CrossProvince.Core.Trust;

namespace CrossProvince.Service.Federation.Trusting;

/// <summary>Fetches the trust list from one place, whole and only when it has changed there. What comes is not judged here.</summary>
/// <param name="client">How to get there; follows no redirect.</param>
/// <param name="url">Where.</param>
/// <param name="tag">The ETag of the list that is in use, when it came from there or from a node, else null.</param>
internal sealed class TrustDownload(HttpClient client, Uri url, string? tag)
{
    /// <summary>How long an answer may take.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>The ETag with which the list came; null: none.</summary>
    public string? EntityTag { get; private set; }

    /// <summary>Fetches it.</summary>
    /// <returns>Null when it has not changed.</returns>
    /// <exception cref="HttpRequestException">It was not given, or is too large.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="OperationCanceledException">It took too long, or was given up.</exception>
    public async Task<byte[]?> FetchAsync(CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(s_patience);
        using var request = new HttpRequestMessage(HttpMethod.Get, url) { Version = client.DefaultRequestVersion, VersionPolicy = client.DefaultVersionPolicy };
        if (tag is not null && EntityTagHeaderValue.TryParse(tag, out var known))
        {
            request.Headers.IfNoneMatch.Add(known);
        }

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        if (response.StatusCode == HttpStatusCode.NotModified && tag is not null)
        {
            EntityTag = tag;
            return null;
        }

        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new HttpRequestException($"The trust list was answered with {(int)response.StatusCode}.", null, response.StatusCode);
        }

        EntityTag = response.Headers.ETag?.ToString();
        return await BoundedBody.TryReadAsync(response, TrustListDocument.MaxBytes, patience.Token)
            ?? throw new HttpRequestException($"What was sent as the trust list is larger than {TrustListDocument.MaxBytes} bytes.");
    }
}
