using System.Collections.Concurrent;
using System.Net;
using CrossProvince.Tests;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>A plain HTTP server that hands out trust lists, or something else.</summary>
internal sealed class TrustServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<int> _answers = new();
    private int _bodies;

    internal TrustServer()
    {
        Url = $"http://127.0.0.1:{FreePort.Next()}/trust-list.cose";
        _listener.Prefixes.Add(new Uri(Url).GetLeftPart(UriPartial.Authority) + "/");
        _listener.Start();
        _ = AnswerAsync();
    }

    internal string Url { get; }

    /// <summary>What is handed out.</summary>
    internal byte[] Body { get; set; } = [];

    /// <summary>Status of an answer with the body.</summary>
    internal int Status { get; set; } = 200;

    /// <summary>The statuses that were answered, in order.</summary>
    internal IReadOnlyList<int> Answers => [.. _answers];

    /// <summary>How often the body was sent.</summary>
    internal int Bodies => Volatile.Read(ref _bodies);

    public void Dispose() => _listener.Close();

    private async Task AnswerAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            try
            {
                var (body, tag) = (Body, $"\"{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(Body))}\"");
                var isKnown = Status == 200 && context.Request.Headers["If-None-Match"] == tag;
                context.Response.StatusCode = isKnown ? 304 : Status;
                context.Response.Headers["ETag"] = tag;
                if (Status == 302)
                {
                    context.Response.Headers["Location"] = Url + "2";
                }

                _answers.Enqueue(context.Response.StatusCode);
                if (!isKnown)
                {
                    Interlocked.Increment(ref _bodies);
                    await context.Response.OutputStream.WriteAsync(body);
                }

                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // Who asked went away in the middle, as it must when there is too much.
                _answers.Enqueue(0);
            }
        }
    }
}
