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

    public override void OnEnd(Activity data)
    {
        foreach (var name in s_removed)
        {
            if (data.GetTagItem(name) is not null)
            {
                data.SetTag(name, null);
            }
        }

        if (data.Kind == ActivityKind.Client && data.GetTagItem("url.full") is string full && full.IndexOf('?', StringComparison.Ordinal) is >= 0 and var query)
        {
            data.SetTag("url.full", full[..query]);
        }
        else if (data.Kind != ActivityKind.Client && data.GetTagItem("url.full") is not null)
        {
            data.SetTag("url.full", null);
        }

        if (data.StatusDescription is not null)
        {
            data.SetStatus(data.Status);
        }
    }
}
