using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CrossProvince.Integration.Tests.Federation;

/// <summary>Stands in for a region's node with that node's own certificate and index key, and serves whatever a test wants.</summary>
internal sealed class FakePartner : IAsyncDisposable
{
    private readonly TestFederation _federation;
    private readonly RegionCode _region;
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentQueue<StatusChange> _changes = new();
    private volatile RegionSnapshot _snapshot;
    private volatile byte[] _head;

    private FakePartner(TestFederation federation, RegionCode region, RegionCode identity, bool streams)
    {
        (_federation, _region) = (federation, region);
        Index = new RegionIndex(region, 1024);
        Publish();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(Stream = new FakeFeed(this));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(federation[region].Api.Port, listen => listen.UseHttps(https =>
        {
            using var pem = X509Certificate2.CreateFromPemFile(federation.PathOf($"{identity}/node/cert.pem"), federation.PathOf($"{identity}/node/key.pem"));
            https.ServerCertificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.AllowAnyClientCertificate();
        })));
        _app = builder.Build();
        if (streams)
        {
            _app.MapGrpcService<FakeFeed>();
        }

        _app.MapFallback(AnswerAsync);
    }

    /// <summary>The region's index, to change and to <see cref="Publish"/>.</summary>
    internal RegionIndex Index { get; }

    /// <summary>Its streams; not used where it does not know them.</summary>
    internal FakeFeed Stream { get; }

    /// <summary>What it has published last.</summary>
    internal RegionSnapshot Snapshot => _snapshot;

    /// <summary>What it was asked for.</summary>
    internal IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>What becomes of signed changes on the way; null gives none out.</summary>
    internal Func<byte[], byte[]>? Feed { get; set; }

    /// <summary>What becomes of chunks on the way.</summary>
    internal Func<byte[], byte[]> Chunk { get; set; } = chunk => chunk;

    /// <summary>Whether it is of a version that does not exist yet: all that it signs has map keys that nobody knows, and its hashes are over such chunks.</summary>
    internal bool IsNewer { get; set; }

    /// <summary>What becomes of the hashes of a list's chunks on the way.</summary>
    internal Func<byte[], byte[]> Hashes { get; set; } = hashes => hashes;

    /// <summary>Starts it.</summary>
    /// <param name="federation">The federation.</param>
    /// <param name="region">The region that it stands in for.</param>
    /// <param name="identity">The region of its certificate; null: the same.</param>
    /// <param name="streams">Whether it knows status streams; without them it is a node of an older version.</param>
    internal static async Task<FakePartner> StartAsync(TestFederation federation, RegionCode region, RegionCode? identity = null, bool streams = false)
    {
        var partner = new FakePartner(federation, region, identity ?? region, streams);
        await partner._app.StartAsync();
        return partner;
    }

    /// <summary>Adds a licence in force, or changes the status of one.</summary>
    internal void Change(int index, LicenceStatus status = LicenceStatus.InForce, StatusReason reason = StatusReason.None)
    {
        var change = new StatusChange(Index.Seq + 1, _federation.Clock.Milliseconds, 0, index, status, new EntryTag((ulong)index + 1), reason);
        Index.Apply(change);
        _changes.Enqueue(change);
    }

    /// <summary>Signs a head of the index as it is now, with the region's index key.</summary>
    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_snapshot), nameof(_head))]
    internal StatusHead Publish()
    {
        _snapshot = Index.Publish(_federation.Clock.Milliseconds);
        var head = IsNewer ? _snapshot.Head with { Lists = [.. _snapshot.Head.Lists.Zip(_snapshot.Lists, (said, list) => said with { Root = Sm3.Hash(ChunkHashes(list)) })] } : _snapshot.Head;
        _head = Sign(StatusHeadDocument.ExternalAad, StatusHeadDocument.EncodePayload(head));
        return _snapshot.Head;
    }

    /// <summary>The hashes of a list's chunks as they are given out.</summary>
    internal byte[] ChunkHashes(StatusListSnapshot list) =>
        IsNewer ? [.. Enumerable.Range(0, list.ChunkCount).SelectMany(chunk => Sm3.Hash(NewerMap.Of(list.EncodeChunk(chunk))))] : list.ChunkHashes.ToArray();

    /// <summary>A chunk as it is given out.</summary>
    internal byte[] EncodeChunk(StatusListSnapshot list, int chunk) => Chunk(IsNewer ? NewerMap.Of(list.EncodeChunk(chunk)) : list.EncodeChunk(chunk));

    /// <summary>What its index key signs of changes from one to another.</summary>
    internal byte[] Batch(long from, long to, string key = "index", ReadOnlyMemory<byte>? hash = null)
    {
        var batch = StatusFeedDocument.Sign(
            _region, [.. _changes.Where(change => change.Seq >= from && change.Seq <= to)], (hash ?? _snapshot.Head.Hash).Span, _federation.Signer($"{_region}/keys/{key}"));
        return IsNewer && CoseSign1.TryRead(batch, out var message) ? Sign(StatusFeedDocument.ExternalAad, message.Payload.ToArray()) : batch;
    }

    /// <summary>Serves this as the newest head.</summary>
    internal void Serve(byte[] head) => _head = head;

    /// <summary>The newest signed head.</summary>
    internal byte[] Head => _head;

    /// <summary>Serves a head signed with some key.</summary>
    internal void Serve(StatusHead head, string key) => Serve(StatusHeadDocument.Sign(head, _federation.Signer(key)));

    /// <summary>Waits until it has been asked for heads twice more: the first answer has been dealt with.</summary>
    internal async Task WaitForPullsAsync()
    {
        var seen = Heads();
        await Eventually.HoldsAsync(() => Heads() >= seen + 2, "the partner is asked again");
        int Heads() => _requests.Count(r => r.Contains("/heads/", StringComparison.Ordinal));
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        _requests.Enqueue(path);
        var body = path.Split('/') switch
        {
            [_, "v1", "heads", _] => _head,
            [_, "v1", "lists", _, "0", "chunkHashes"] => Hashes(ChunkHashes(_snapshot.Lists[0])),
            [_, "v1", "lists", _, "0", "chunks", var number] => EncodeChunk(_snapshot.Lists[0], int.Parse(number, System.Globalization.CultureInfo.InvariantCulture)),
            [_, "v1", "feeds", _] when Feed is { } feed => feed(Changes(context.Request.Query)),
            _ => null,
        };
        if (body is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await context.Response.Body.WriteAsync(body);
    }

    private byte[] Sign(ReadOnlySpan<byte> externalAad, byte[] payload) => CoseSign1.Sign(_federation.Signer($"{_region}/keys/index"), externalAad, IsNewer ? NewerMap.Of(payload) : payload);

    private byte[] Changes(IQueryCollection query)
    {
        long Number(string name) => long.Parse(query[name].Single()!, System.Globalization.CultureInfo.InvariantCulture);
        return Batch(Number("from"), Number("to"));
    }
}
