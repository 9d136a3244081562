using CrossProvince.Faults.Tests.History;

namespace CrossProvince.Faults.Tests.Region;

/// <summary>A part is away, and with it nodes are cut off that need it for news: until each has a head made after its return.</summary>
internal sealed class Absence
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    private readonly RegionUnderTest _region;
    private readonly List<(int Node, Outages.Outage Outage)> _cutOff;

    private Absence(RegionUnderTest region, Part part, string what)
    {
        _region = region;
        Outage = region.Outages.Begin(part, what);
        _cutOff = [.. NodesThatNeed(part).Select(node => (node, region.Outages.Begin(region.Slots[node].Part, $"cut off by {part}")))];
    }

    /// <summary>Of the part itself.</summary>
    public Outages.Outage Outage { get; }

    public static Absence Begin(RegionUnderTest region, Part part, string what) => new(region, part, what);

    /// <summary>The part is back.</summary>
    /// <returns>Done when all nodes have news again.</returns>
    /// <exception cref="InvalidOperationException">One never had.</exception>
    public Task EndAsync()
    {
        Outage.End();
        var back = Outages.Now();
        return Task.WhenAll(_cutOff.Select(async cutOff =>
        {
            while (await _region.FindHeadTimeAsync(cutOff.Node) <= back)
            {
                if (Outages.Now() - back > s_patience.TotalMilliseconds)
                {
                    throw new InvalidOperationException($"Node {cutOff.Node} has no news though {Outage.Part} came back {s_patience.TotalSeconds} s ago.");
                }

                await Task.Delay(s_poll);
            }

            cutOff.Outage.End();
        }));
    }

    private IEnumerable<int> NodesThatNeed(Part part) => part switch
    {
        Part.Postgres => Enumerable.Range(0, _region.Slots.Count),
        Part.Redis => [],
        _ when !_region.HasPartner => [],
        _ => [_region.OwnNodes],
    };
}
