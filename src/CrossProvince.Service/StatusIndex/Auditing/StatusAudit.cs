using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace CrossProvince.Service.StatusIndex.Auditing;

/// <summary>Makes a region's chain and lists anew and says where its accounts of them first differ: chain, published heads, licences, entries, Redis.</summary>
/// <remarks>It only reads: of the database one state, whether nodes run on it or not.</remarks>
public sealed class StatusAudit
{
    private readonly AuditSettings _settings;
    private readonly Database _database;
    private readonly SharedCache _cache;
    private readonly Func<DateTimeOffset> _now;

    private StatusAudit(AuditSettings settings, Database database, SharedCache cache, Func<DateTimeOffset> now) =>
        (_settings, _database, _cache, _now) = (settings, database, cache, now);

    /// <summary>Audits the region of a node.</summary>
    /// <param name="args">The node's configuration as command-line arguments; of it region, database, Redis and trust list are used, and no key.</param>
    /// <param name="heads">Signed heads of the region found elsewhere, with where.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ConfigurationException">The configuration is wrong, or the database cannot be opened.</exception>
    /// <exception cref="System.Data.Common.DbException">The database cannot be read, or has other tables.</exception>
    public static async Task<StatusAuditReport> RunAsync(string[] args, IReadOnlyList<(string Source, byte[] Document)> heads, CancellationToken cancellation)
    {
        var settings = AuditSettings.Load(args);
        await using var database = new Database(settings.DatabaseConnection, readOnly: true);
        await using var cache = new SharedCache(settings.RedisConnection, settings.Region, NullLogger<SharedCache>.Instance, settings.Redis);
        cache.Prepare();
        return await new StatusAudit(settings, database, cache, () => TimeProvider.System.GetUtcNow()).RunAsync(heads, cancellation);
    }

    private async Task<StatusAuditReport> RunAsync(IReadOnlyList<(string Source, byte[] Document)> heads, CancellationToken cancellation)
    {
        var region = _settings.Region;
        var kept = new CacheComparison(_cache, region);
        var trust = heads.Count > 0 || _cache.IsConfigured ? _settings.ReadTrustList() : null;
        var isAway = false;
        var documents = heads.ToList();
        try
        {
            if (_cache.IsConfigured && await kept.ReadHeadAsync() is { } document)
            {
                documents.Add((CacheComparison.Source, document));
            }
        }
        catch (CacheAwayException)
        {
            isAway = true;
        }

        // Heads first, the database after: then it has every change that they speak of.
        var report = new StatusAuditReport { Region = region.ToString(), CacheAway = isAway };
        var published = new List<PublishedHead>();
        foreach (var (source, document) in documents)
        {
            if (Open(document, trust!, out var refusal) is { } head)
            {
                published.Add(new PublishedHead(source, head));
            }
            else
            {
                return report with { Difference = Refused(source, refusal) };
            }
        }

        published.Sort((one, other) => one.Head.Seq.CompareTo(other.Head.Seq));
        var chain = new ChainReplay(region);
        var licences = new LicenceComparison(region, chain, ChinaDate.Today(_now().ToUnixTimeSeconds()));
        await using (var reading = await _database.BeginReadingAsync(cancellation))
        {
            report = report with { Difference = await chain.RunAsync(reading, published, cancellation) ?? await licences.RunAsync(reading, cancellation) };
        }

        if (report.Difference is null && published.Find(head => head.Source == CacheComparison.Source) is { } inCache)
        {
            try
            {
                report = report with { Difference = await kept.RunAsync(inCache, document => Open(document, trust!, out _)) };
            }
            catch (CacheAwayException)
            {
                report = report with { CacheAway = true };
            }
        }

        return report with
        {
            Changes = chain.Seq,
            Lists = chain.Index.Lists.Count,
            Licences = licences.Licences,
            Entries = licences.Entries,
            Heads = [.. published.Where(head => head.IsCompared).Select(head => new AuditedHead(head.Source, head.Head.Seq))],
            CacheChunks = kept.Chunks,
            CacheChunksMoved = kept.Moved,
        };
    }

    private StatusHead? Open(byte[] document, TrustList trust, out string refusal)
    {
        refusal = "";
        try
        {
            return StatusHeadDocument.Open(document, trust, _settings.Region, _now().ToUnixTimeSeconds());
        }
        catch (StatusDocumentException e)
        {
            refusal = e.Message;
            return null;
        }
    }

    private static StatusDifference Refused(string source, string refusal) =>
        new(StatusDifferenceKind.HeadRefused, new LocalizedText($"{source} 的索引头不可接受：{refusal}", $"What {source} gave as head is none: {refusal}"));
}
