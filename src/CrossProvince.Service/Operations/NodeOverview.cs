using System.Security.Cryptography.X509Certificates;
using CrossProvince.Contracts.Operations.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Caching;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Federation.Following;
using CrossProvince.Service.Federation.Trusting;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Recording;
using CrossProvince.Service.StatusIndex;
using CrossProvince.Service.Storage;
using Google.Protobuf.WellKnownTypes;

namespace CrossProvince.Service.Operations;

/// <summary>How this node fares, in one look.</summary>
internal sealed class NodeOverview(
    NodeSettings node, LicenceIndex index, TrustSource trust, OwnKeys keys, FeedHealth health, FollowedRegions followed, SeenHeads seen, Database database, VerificationSpool spool, SharedCache cache, LiveFigures live,
    PartnerCertificates certificates, TrustedClock clock)
{
    /// <summary>Age of a record in the spool from which the database is said to lag.</summary>
    private static readonly TimeSpan s_longestBacklog = TimeSpan.FromMinutes(1);

    /// <summary>Reads everything; nothing is waited for.</summary>
    public GetStateResponse Read()
    {
        var now = clock.Now();
        var list = trust.List;
        var state = new GetStateResponse
        {
            Now = Milliseconds(now.UnixMilliseconds),
            Region = node.Region.ToString(),
            Node = Environment.MachineName,
            StartedAt = Milliseconds(live.StartedAt * 1_000),
            Version = typeof(NodeOverview).Assembly.GetName().Version?.ToString(3) ?? "",
            Feeds = { list.Regions.OrderBy(region => region.Code != node.Region).ThenBy(region => region.Code.Value).Select(region => ReadFeed(region, now)) },
            TrustList = new TrustListState
            {
                Version = list.Version,
                Regions = list.Regions.Count,
                IssuedAt = Milliseconds(list.IssuedAt * 1_000),
                ExpiresAt = Milliseconds(list.ExpiresAt * 1_000),
                DaysLeft = DaysLeft(list.ExpiresAt, now),
            },
            Expiries = { ReadExpiries(list, now).OrderBy(expiry => expiry.ExpiresAt.Seconds) },
            Components = { ReadDatabase(), ReadRecording(), ReadCache() },
        };
        state.Problems.Add(Problems.Find(state, now, trust.Freshness(now.UnixSeconds), seen.State, [.. OwnKeys.Uses.Where(use => keys.Find(use) is null)]).OrderBy(problem => problem.Severity));
        return state;
    }

    private Feed ReadFeed(TrustedRegion region, TrustedTime now)
    {
        var own = region.Code == node.Region;
        var copy = index.Find(region.Code);
        var follow = health.Of(region.Code);
        var feed = new Feed
        {
            Region = region.Code.ToString(),
            Name = Words(region.Names.Zh, region.Names.En),
            Own = own,
            Freshness = Freshness.Missing,
            LastError = follow.Error ?? "",
            ForkedSeq = own ? 0 : followed.Find(region.Code).ForkedSeq ?? 0,
        };
        if (follow.Error is not null)
        {
            feed.FailingSince = Milliseconds(follow.FailingSince);
        }

        if (copy is { AsOfMs: > 0 })
        {
            var age = Math.Max(0, now.UnixMilliseconds - copy.AsOfMs);
            feed.Seq = copy.Seq;
            feed.Lag = own ? 0 : Math.Max(0, follow.SeenSeq - copy.Seq);
            feed.AsOf = Milliseconds(copy.AsOfMs);
            feed.AgeMilliseconds = age;
            feed.Freshness = age > node.Options.Freshness.Hard.TotalMilliseconds ? Freshness.TooOld
                : age > node.Options.Freshness.Soft.TotalMilliseconds ? Freshness.Stale
                : Freshness.Fresh;
        }

        return feed;
    }

    private IEnumerable<Expiry> ReadExpiries(TrustList list, TrustedTime now)
    {
        var used = OwnKeys.Uses.Select(use => keys.Find(use)?.PublicKey).OfType<Core.Signatures.PublicKey>().ToHashSet();
        yield return Make(ExpiryKind.Certificate, node.Region, node.Certificate.Subject, true, new DateTimeOffset(node.Certificate.NotAfter).ToUnixTimeSeconds());
        foreach (var (party, end) in certificates.Ends())
        {
            yield return Make(ExpiryKind.PartnerCertificate, party.Region, party.ToString(), false, end.ToUnixTimeSeconds());
        }

        foreach (var region in list.Regions)
        {
            foreach (var authority in region.CertificateAuthorities)
            {
                using var certificate = X509CertificateLoader.LoadCertificate(authority.Span);
                yield return Make(ExpiryKind.CertificateAuthority, region.Code, certificate.Subject, false, new DateTimeOffset(certificate.NotAfter).ToUnixTimeSeconds());
            }

            // What was retired or compromised has ended already, as it was meant to.
            foreach (var key in region.Keys.Where(key => key.RetiredAt is null && key.CompromisedAt is null))
            {
                var kind = key.Use switch
                {
                    KeyUse.Code => ExpiryKind.CodeKey,
                    KeyUse.Index => ExpiryKind.IndexKey,
                    _ => ExpiryKind.ReceiptKey,
                };
                yield return Make(kind, region.Code, key.Key.Id.ToString(), used.Contains(key.Key), key.NotAfter);
            }
        }

        Expiry Make(ExpiryKind kind, RegionCode region, string subject, bool inUse, long end) => new()
        {
            Kind = kind,
            Region = region.ToString(),
            Subject = subject,
            InUseHere = inUse,
            ExpiresAt = Milliseconds(end * 1_000),
            DaysLeft = DaysLeft(end, now),
        };
    }

    private Component ReadDatabase() => database.IsAway
        ? Part("database", ComponentState.Down, "不能使用：一次性场景和本地区的码无法判断，不能亮证和变更；核验记录暂存在本机。", "It cannot be used: single use and the own region's codes are undetermined, nothing is shown or changed, records wait on this machine.")
        : Part("database", ComponentState.Ok, "可用。", "It answers.");

    private Component ReadRecording()
    {
        var waiting = $"{spool.Backlog}";
        return spool.Refusing switch
        {
            SpoolFault.Full => Part("recording", ComponentState.Down, "暂存区已满，不能记录。", "The spool is full: nothing can be recorded."),
            not null => Part("recording", ComponentState.Down, "暂存区不能写入，不能记录。", "The spool cannot be written: nothing can be recorded."),
            _ when spool.BacklogAge > s_longestBacklog => Part(
                "recording", ComponentState.Degraded, $"{waiting} 条记录等待写入数据库超过一分钟。", $"{waiting} records have waited for the database for more than a minute."),
            _ => Part("recording", ComponentState.Ok, $"{waiting} 条记录等待写入数据库。", $"{waiting} records wait for the database."),
        };
    }

    private Component ReadCache() => !cache.IsConfigured
        ? Part("redis", ComponentState.NotConfigured, "未配置。", "The node is configured without it.")
        : !cache.IsAway ? Part("redis", ComponentState.Ok, "可用。", "It answers.")
        : node.Options.SingleUse.Store == UsedShowingsStore.Cache
            ? Part("redis", ComponentState.Down, "不能使用：一次性场景答复“无法确认是否用过”。", "It cannot be used: single-use scenarios answer USE_NOT_CHECKED.")
            : Part("redis", ComponentState.Degraded, "不能使用：节点不依赖它继续运行。", "It cannot be used; the node goes on without it.");

    private static Component Part(string name, ComponentState state, string zh, string en) => new() { Name = name, State = state, Text = Words(zh, en) };

    private static Message Words(string zh, string en) => new() { Zh = zh, En = en };

    private static int DaysLeft(long end, TrustedTime now) => (int)Math.Clamp(Math.Floor((end - now.UnixSeconds) / 86_400.0), int.MinValue, int.MaxValue);

    /// <summary>A key may be good for ever; the wire's years end with 9999.</summary>
    private static Timestamp Milliseconds(long unixMilliseconds) =>
        Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(unixMilliseconds, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())));
}
