using System.Data.Common;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;

namespace CrossProvince.Service.Federation.Following;

/// <summary>Which history of a region that has contradicted itself holds.</summary>
public enum ForkChoice
{
    /// <summary>None is chosen; it is only said how things stand.</summary>
    None,

    /// <summary>The one that was followed: the region has come back to it.</summary>
    Ours,

    /// <summary>What the region signs now: everything followed before is forgotten.</summary>
    Theirs,
}

/// <summary>How another region was followed.</summary>
/// <param name="Region">The region.</param>
/// <param name="Seq">The last change that was followed; 0: none, or to be followed anew.</param>
/// <param name="Hash">The chain's hash there, 64 hexadecimal digits.</param>
/// <param name="ForkedSeq">The change of which two histories are signed; null: none is known.</param>
/// <param name="ForkedAt">When that was found.</param>
/// <param name="IsSettled">Whether something was changed now.</param>
public sealed record ForkReport(string Region, long Seq, string Hash, long? ForkedSeq, DateTimeOffset? ForkedAt, bool IsSettled);

/// <summary>Says, once it is known, which history of a region that has contradicted itself holds (docs/adr/0056). Nodes see it within seconds.</summary>
public sealed class ForkSettlement
{
    private const string Find = "SELECT seq, hash, forked_seq, forked_at, held, other FROM followed_regions WHERE region = @region";

    private const string KeepOurs = "UPDATE followed_regions SET forked_seq = NULL, forked_at = NULL, held = NULL, other = NULL WHERE region = @region";

    private const string TakeTheirs = """
        UPDATE followed_regions SET seq = 0, hash = @hash, settled = settled + 1, forked_seq = NULL, forked_at = NULL, held = NULL, other = NULL
        WHERE region = @region
        """;

    private const string Held = "held.cose";
    private const string Other = "other.cose";

    /// <summary>Says how a region was followed, and settles which history holds.</summary>
    /// <param name="args">This node's configuration as command-line arguments; of it region, database, Redis and trust list are used, and no key.</param>
    /// <param name="partner">The other region.</param>
    /// <param name="choice">Which history holds.</param>
    /// <param name="evidence">Folder that gets the two signed documents, <c>held.cose</c> and <c>other.cose</c>, as far as they are kept; null: none.</param>
    /// <param name="cancellation">Gives up; nothing is done then.</param>
    /// <exception cref="ConfigurationException">The configuration is wrong, the region was never followed, or there is nothing to settle.</exception>
    /// <exception cref="IOException">The database, or Redis, which keeps a copy, does not answer, or the folder cannot be written; nothing was settled.</exception>
    public static async Task<ForkReport> RunAsync(string[] args, RegionCode partner, ForkChoice choice, string? evidence, CancellationToken cancellation)
    {
        try
        {
            return await SettleAsync(args, partner, choice, evidence, cancellation);
        }
        catch (Exception e) when (e is StorageException or DbException)
        {
            throw new IOException($"The database cannot be used now: {(e.InnerException ?? e).Message}", e);
        }
    }

    private static async Task<ForkReport> SettleAsync(string[] args, RegionCode partner, ForkChoice choice, string? evidence, CancellationToken cancellation)
    {
        var settings = AuditSettings.Load(args);
        await using var database = new Database(settings.DatabaseConnection);
        database.Prepare();
        await using var commits = new GroupCommit(database, NullLogger<GroupCommit>.Instance);
        var region = partner.Value;
        Row before;
        await using (var connection = await database.OpenAsync(cancellation))
        {
            before = await connection.QuerySingleOrDefaultAsync<Row>(Find, new { region })
                ?? throw new ConfigurationException("partner", $"region {partner} was never followed by this region.");
        }

        if (evidence is not null)
        {
            Write(evidence, before);
        }

        if (choice == ForkChoice.Ours && before.ForkedSeq is null)
        {
            throw new ConfigurationException("partner", $"nothing is to be settled: region {partner} is followed.");
        }

        if (choice == ForkChoice.Theirs)
        {
            // Before the nodes know: as long as the region is frozen, none of them writes it.
            await ForgetCopyAsync(settings, partner);
        }

        if (choice != ForkChoice.None)
        {
            await commits.RunAsync(
                transaction => transaction.Connection!.ExecuteAsync(choice == ForkChoice.Ours ? KeepOurs : TakeTheirs, new { region, hash = StatusChange.GenesisHash.ToArray() }, transaction), cancellation);
        }

        return new ForkReport(
            partner.ToString(), before.Seq, Convert.ToHexStringLower(before.Hash), before.ForkedSeq, before.ForkedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null, choice != ForkChoice.None);
    }

    private static async Task ForgetCopyAsync(AuditSettings settings, RegionCode partner)
    {
        await using var cache = new SharedCache(settings.RedisConnection, settings.Region, NullLogger<SharedCache>.Instance, settings.Redis);
        cache.Prepare();
        if (!cache.IsConfigured)
        {
            return;
        }

        try
        {
            await cache.AskAsync(partner, redis => redis.KeyDeleteAsync(CacheKeys.Head(partner)));
        }
        catch (CacheAwayException e)
        {
            throw new IOException("Redis keeps a copy of the other history, and does not answer: try again when it does.", e);
        }
    }

    private static void Write(string folder, Row row)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, document) in new[] { (Held, row.Held), (Other, row.Other) })
        {
            if (document is { Length: > 0 })
            {
                File.WriteAllBytes(Path.Combine(folder, name), document);
            }
        }
    }

    private sealed class Row
    {
        public long Seq { get; init; }

        public byte[] Hash { get; init; } = [];

        public long? ForkedSeq { get; init; }

        public long? ForkedAt { get; init; }

        public byte[]? Held { get; init; }

        public byte[]? Other { get; init; }
    }
}
