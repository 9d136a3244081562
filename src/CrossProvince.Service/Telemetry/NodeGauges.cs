using System.Diagnostics.Metrics;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Federation.Following;
using CrossProvince.Service.Federation.Trusting;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.StatusIndex;

namespace CrossProvince.Service.Telemetry;

/// <summary>What the node holds and how long it lasts, meter <c>CrossProvince.Node</c>; looked up when asked for.</summary>
internal sealed class NodeGauges
{
    public const string Meter = "CrossProvince.Node";

    private readonly NodeSettings _node;
    private readonly LicenceIndex _index;
    private readonly TrustSource _trust;
    private readonly OwnKeys _keys;
    private readonly SeenHeads _seen;
    private readonly FollowedRegions _followed;
    private readonly StatusWatches _watches;
    private readonly TrustedClock _clock;

    public NodeGauges(
        IMeterFactory meters, NodeSettings node, LicenceIndex index, TrustSource trust, OwnKeys keys, SeenHeads seen, FollowedRegions followed, StatusWatches watches, PartnerCertificates certificates,
        TrustedClock clock)
    {
        (_node, _index, _trust, _keys, _seen, _followed, _watches, _clock) = (node, index, trust, keys, seen, followed, watches, clock);
        var meter = meters.Create(Meter);
        meter.CreateObservableGauge("crossprovince.index.age", Ages, "s", "Age of the licence index of each region of the trust list; absent while there is no copy.");
        meter.CreateObservableGauge("crossprovince.index.seq", Sequences, null, "Last status change in the licence index of each region.");
        meter.CreateObservableGauge("crossprovince.index.published", Published, null, "Time signed in the own region's last head, Unix seconds.");
        meter.CreateObservableGauge("crossprovince.chain.behind", Behind, null, "How many published changes the database lacks while it is older than what was published; 0 when it is not.");
        meter.CreateObservableGauge("crossprovince.feed.forked", Forked, null, "1 while a region is followed no further because it has signed two histories.");
        meter.CreateObservableGauge("crossprovince.feed.streams", Streams, "{stream}", "Status streams that each region's nodes have open here.");
        meter.CreateObservableGauge("crossprovince.trust.version", () => _trust.List.Version, null, "Version of the trust list in use.");
        meter.CreateObservableGauge("crossprovince.trust.days_left", () => Days(DateTimeOffset.FromUnixTimeSeconds(_trust.List.ExpiresAt)), null, "Days until the trust list expires; negative afterwards.");
        meter.CreateObservableGauge("crossprovince.trust.age", () => Seconds(_trust.List.IssuedAt), "s", "Time since the trust list in use was issued.");
        meter.CreateObservableGauge("crossprovince.trust.unread", () => Seconds(_trust.ReadAt), "s", "Time since a source said that the trust list in use is the newest.");
        meter.CreateObservableGauge("crossprovince.trust.roots", () => _trust.Roots.Generation, null, "Generation of the roots that sign trust lists; 0 while they are those that were configured.");
        meter.CreateObservableGauge("crossprovince.key.usable", () => OwnKeys.Uses.Select(use => new Measurement<int>(_keys.Find(use) is null ? 0 : 1, Label(use))), null, "1 while a key of the node may sign, for each use.");
        meter.CreateObservableGauge("crossprovince.key.days_left", KeyDays, null, "Days until the last of the node's keys that the trust list names ends signing, for each use; 0 when none may.");
        meter.CreateObservableGauge("crossprovince.certificate.days_left", () => Days(_node.Certificate.NotAfter), null, "Days until the node's own certificate expires; negative afterwards.");
        meter.CreateObservableGauge(
            "crossprovince.certificate.partner_days_left", () => PartnerDays(certificates), null,
            "Days until the first certificate of a partner expires, by role, of those that have come since the node started; negative afterwards.");
        meter.CreateObservableGauge("crossprovince.clock.behind", () => _clock.Now().ClockBehind ? 1 : 0, null, "1 while the system clock is behind signed times.");
    }

    /// <summary>Only regions of the trust list: a region that left it takes its series along.</summary>
    private IEnumerable<RegionIndex> Held() => _trust.List.Regions.Select(region => _index.Find(region.Code)).OfType<RegionIndex>();

    private IEnumerable<Measurement<double>> Ages()
    {
        var now = _clock.Now().UnixMilliseconds;
        return Held().Where(region => region.AsOfMs > 0).Select(region => new Measurement<double>((now - region.AsOfMs) / 1000.0, Label(region)));
    }

    private IEnumerable<Measurement<long>> Sequences() => Held().Select(region => new Measurement<long>(region.Seq, Label(region)));

    private IEnumerable<Measurement<int>> Forked() => _trust.List.Regions.Where(region => region.Code != _node.Region)
        .Select(region => new Measurement<int>(_followed.IsFrozen(region.Code) ? 1 : 0, new KeyValuePair<string, object?>("region", region.Code.ToString())));

    private IEnumerable<Measurement<int>> Streams() => _watches.Open().Select(open => new Measurement<int>(open.Streams, new KeyValuePair<string, object?>("region", open.Region.ToString())));

    /// <summary>At least one: a database that took another way may be as long.</summary>
    private long Behind() => _seen.State is { Hold: not ChainHold.None } state ? Math.Max(1, state.Seen - state.Seq) : 0;

    private double Published() => (_index.Find(_node.Region)?.AsOfMs ?? 0) / 1000.0;

    private IEnumerable<Measurement<double>> PartnerDays(PartnerCertificates certificates) =>
        certificates.Ends().GroupBy(end => end.Name.Role).Select(role => new Measurement<double>(role.Min(end => Days(end.End)), new KeyValuePair<string, object?>("role", role.Key)));

    private IEnumerable<Measurement<double>> KeyDays() =>
        OwnKeys.Uses.Select(use => new Measurement<double>(_keys.EndOf(use) is { } end ? Math.Max(0, -Seconds(end) / 86_400) : 0, Label(use)));

    private double Seconds(long sinceUnixSeconds) => (_clock.Now().UnixMilliseconds / 1000.0) - sinceUnixSeconds;

    private double Days(DateTimeOffset end) => (end - DateTimeOffset.FromUnixTimeMilliseconds(_clock.Now().UnixMilliseconds)).TotalDays;

    private static KeyValuePair<string, object?> Label(KeyUse use) => new("use", use.ToString());

    private static KeyValuePair<string, object?> Label(RegionIndex region) => new("region", region.Region.ToString());
}
