using CrossProvince.Client.Connecting;
using CrossProvince.Core.Identifiers;
using CrossProvince.Integration.Tests.Processes;

namespace CrossProvince.Faults.Tests.Region;

/// <summary>A region as its authority, holders and counters reach it.</summary>
internal interface IRegion
{
    RegionCode Code { get; }

    /// <summary>What it belongs to.</summary>
    NodeFederation Federation { get; }

    /// <summary>Numbers of its nodes, beginning with one: in which order a client asks them.</summary>
    IReadOnlyList<int> OwnFrom(int node);

    /// <summary>As a verifier, to a node.</summary>
    NodeConnection Verifier(int node);

    /// <summary>As the region's authority, to a node.</summary>
    NodeConnection Authority(int node);
}
