using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Core.Status;
using CrossProvince.Faults.Tests.History;
using CrossProvince.Faults.Tests.Load;
using CrossProvince.Faults.Tests.Region;
using Status = CrossProvince.Core.Status.LicenceStatus;
using StatusChange = CrossProvince.Core.Status.StatusChange;
using Wire = CrossProvince.Contracts.Licences.V1;

namespace CrossProvince.Faults.Tests.Judging;

/// <summary>The region's sequence of changes as its authority reads it, and what it must hold.</summary>
internal sealed class Chain
{
    private const int Page = 1_000;
    private const int AtOnce = 8;

    private readonly List<StatusChange> _changes = [];
    private readonly Dictionary<(int List, int Index), IndexEntry> _entries = [];

    /// <summary>Number of the last change.</summary>
    public long Seq => _changes.Count;

    /// <summary>What the chain makes of every entry.</summary>
    public IReadOnlyDictionary<(int List, int Index), IndexEntry> Entries => _entries;

    /// <summary>What is wrong.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>Changes that were answered and are not in the chain at their number, or say something else there.</summary>
    public int MissingChanges { get; private set; }

    /// <summary>Licences that were answered and are not there, or stand otherwise.</summary>
    public int MissingLicences { get; private set; }

    /// <summary>Reads it to its end.</summary>
    public static async Task<Chain> ReadAsync(IRegion region, int node)
    {
        var chain = new Chain();
        var hash = StatusChange.GenesisHash.ToArray();
        ListStatusChangesResponse page;
        do
        {
            page = await region.Authority(node).Licences.ListStatusChangesAsync(new ListStatusChangesRequest { FromSeq = chain.Seq + 1, PageSize = Page });
            foreach (var wire in page.Changes)
            {
                var change = new StatusChange(
                    wire.Seq, wire.Time.ToDateTimeOffset().ToUnixTimeMilliseconds(), wire.List, wire.Index, (Status)wire.Status, EntryTag.FromBytes(wire.Tag.Span), (StatusReason)wire.ReasonCode);
                hash = change.NextHash(hash);
                if (change.Seq != chain.Seq + 1 || !wire.Hash.Span.SequenceEqual(hash))
                {
                    chain.Faults.Add($"Change {change.Seq} does not follow from change {chain.Seq}.");
                }

                chain._changes.Add(change);
                chain._entries[(change.List, change.Index)] = change.Entry;
            }
        }
        while (page.Changes.Count > 0);
        return chain;
    }

    /// <summary>Each change that was answered stands at its number, and those of one licence in one entry, which no other licence has.</summary>
    public void Compare(Book book, IEnumerable<Card> cards)
    {
        var owners = new Dictionary<(int, int), string>();
        foreach (var card in cards)
        {
            owners[(card.Template.Claims.List, card.Template.Claims.Index)] = card.Life.LicenceId;
        }

        foreach (var life in book.Licences.Values)
        {
            (int, int)? entry = null;
            foreach (var (status, seq) in life.Acknowledged)
            {
                if (seq > Seq || (_changes[(int)seq - 1].Status, _changes[(int)seq - 1].Reason) != InIndex(status))
                {
                    MissingChanges++;
                    continue;
                }

                var place = (_changes[(int)seq - 1].List, _changes[(int)seq - 1].Index);
                owners.TryAdd(place, life.LicenceId);
                if ((entry ?? place) != place || owners[place] != life.LicenceId)
                {
                    Faults.Add($"Change {seq} was answered for a licence that entry {place} is not of.");
                }

                entry = place;
            }
        }
    }

    /// <summary>Each licence that was answered is there, and stands as was answered last.</summary>
    public async Task CompareLicencesAsync(Book book, IRegion region) => await Parallel.ForEachAsync(
        book.Licences.Values, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (life, cancellation) =>
        {
            var licence = (await region.Authority(0).Licences.GetLicenceAsync(new GetLicenceRequest { LicenceId = life.LicenceId }, cancellationToken: cancellation)).Licence;
            if ((life.IsSettled && licence.Status != life.Newest) || (life.Acknowledged is [.., var (_, seq)] && licence.LastSeq < seq))
            {
                lock (Faults)
                {
                    MissingLicences++;
                }
            }
        });

    private static (Status, StatusReason) InIndex(Wire.LicenceStatus status) => status switch
    {
        Wire.LicenceStatus.Revoked => (Status.Ended, StatusReason.Revoked),
        Wire.LicenceStatus.Cancelled => (Status.Ended, StatusReason.Cancelled),
        Wire.LicenceStatus.Suspended => (Status.Suspended, StatusReason.Suspended),
        Wire.LicenceStatus.Frozen => (Status.Suspended, StatusReason.Frozen),
        _ => (Status.InForce, StatusReason.None),
    };
}
