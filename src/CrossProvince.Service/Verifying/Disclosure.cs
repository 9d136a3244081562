using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Storage;

namespace CrossProvince.Service.Verifying;

/// <summary>Fields granted beyond the display, and why some are missing.</summary>
internal sealed record DisclosedFields(IReadOnlyDictionary<string, string> Fields, LocalizedText? Note)
{
    public static DisclosedFields None { get; } = new(new Dictionary<string, string>(), null);

    /// <summary>No field, and why.</summary>
    public static DisclosedFields Missing(string zh, string en) => new(None.Fields, new LocalizedText(zh, en));
}

/// <summary>Reads the full fields that scenarios grant, where this node is the issuing region: all of a group at once. Other regions are asked by <see cref="IssuerSettlement"/>.</summary>
internal sealed class Disclosure(NodeSettings node, RecordCache records)
{
    /// <summary>Grants each scan what its scenario gives its own caller, should it be found valid.</summary>
    public async Task GrantAsync(IReadOnlyList<Scan> scans)
    {
        List<Scan>? own = null;
        foreach (var scan in scans)
        {
            if (scan.Verdict != Verdict.Valid || scan.Core.Scenario is not { Discloses.Count: > 0 } || !scan.Caller.Rights.IsOrganisation)
            {
                continue;
            }

            if (scan.Core.Code.Claims.Region != node.Region)
            {
                scan.Granted = DisclosureNotes.NotAsked;
            }
            else if (scan.Caller.Role != CallerRole.Node || scan.Call.Demand == ScanDemand.Disclose)
            {
                // A partner region's node gets fields where it asks for them, for an organisation that it names.
                (own ??= []).Add(scan);
            }
        }

        if (own is not null)
        {
            await ReadAsync(own);
        }
    }

    private async Task ReadAsync(List<Scan> own)
    {
        try
        {
            var found = await records.FindAsync([.. own.Select(EntryOf).Distinct()]);
            foreach (var scan in own)
            {
                if (!found.TryGetValue(EntryOf(scan), out var licence))
                {
                    scan.Granted = DisclosureNotes.Unreadable;
                }
                else
                {
                    scan.Granted = new DisclosedFields(
                        scan.Core.Scenario!.Discloses.Select(name => (Name: name, Value: licence.Find(name))).Where(f => f.Value is not null).ToDictionary(f => f.Name, f => f.Value!), null);
                }
            }
        }
        catch (StorageException)
        {
            own.ForEach(scan => scan.Granted = DisclosureNotes.Unreadable);
        }
    }

    private static (int List, int Index) EntryOf(Scan scan) => (scan.Core.Code.Claims.List, scan.Core.Code.Claims.Index);
}
