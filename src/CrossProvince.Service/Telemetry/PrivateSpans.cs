using System.Diagnostics;
using OpenTelemetry;

namespace CrossProvince.Service.Telemetry;

/// <summary>Takes out of spans what may lead to a person before anything exports them.</summary>
/// <remarks>
/// A path may hold a licence identifier, and that a person's number; the route says enough. Texts of exceptions and answers may repeat what a
/// caller sent: codes and types say enough.
/// </remarks>
internal sealed class PrivateSpans : BaseProcessor<Activity>
{
    private static readonly string[] s_removed = ["url.path", "url.query", "http.target", "http.url", "client.address", "client.port", "network.peer.address", "network.peer.port", "user_agent.original"];

    /// <summary>What a node asks of other regions: their indexes, which hold no person.</summary>
    private static readonly string[] s_kept = ["/v1/heads/", "/v1/lists/"];

    public override void OnEnd(Activity data)
    {
        foreach (var name in s_removed)
        {
            if (data.GetTagItem(name) is not null)
            {
                data.SetTag(name, null);
            }
        }

        if (data.GetTagItem("url.full") is string full)
        {
            data.SetTag("url.full", Uri.TryCreate(full, UriKind.Absolute, out var url) && s_kept.Any(url.AbsolutePath.StartsWith) ? url.GetLeftPart(UriPartial.Path) : null);
        }

        if (data.StatusDescription is not null)
        {
            data.SetStatus(data.Status);
        }
    }
}
