using CrossProvince.Core.Status;

namespace CrossProvince.Service.StatusIndex.Auditing;

/// <summary>A head that was published, found somewhere.</summary>
/// <param name="source">Where.</param>
/// <param name="head">The head, its signature checked.</param>
internal sealed class PublishedHead(string source, StatusHead head)
{
    /// <summary>Where it was found, for persons.</summary>
    public string Source => source;

    /// <summary>The head.</summary>
    public StatusHead Head => head;

    /// <summary>The lists as the chain makes them up to this head; empty before the chain has come so far.</summary>
    public IReadOnlyList<StatusListSnapshot> Lists { get; set; } = [];

    /// <summary>Whether the chain has come so far.</summary>
    public bool IsCompared { get; set; }
}
