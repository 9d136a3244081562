namespace CrossProvince.Service.StatusIndex.Auditing;

/// <summary>What an audit of a region's statuses compared, and the first difference if there is one. Counts are of what was compared until then.</summary>
public sealed record StatusAuditReport
{
    /// <summary>The region, six digits.</summary>
    public required string Region { get; init; }

    /// <summary>Changes of the chain, each hashed anew.</summary>
    public long Changes { get; init; }

    /// <summary>Lists made of them.</summary>
    public int Lists { get; init; }

    /// <summary>Licences compared with their entries.</summary>
    public long Licences { get; init; }

    /// <summary>Entries given out, compared with the lists.</summary>
    public long Entries { get; init; }

    /// <summary>Published heads compared, in the order of their changes.</summary>
    public IReadOnlyList<AuditedHead> Heads { get; init; } = [];

    /// <summary>Chunks in Redis compared byte by byte.</summary>
    public int CacheChunks { get; init; }

    /// <summary>Chunks in Redis that a node was writing meanwhile, and which were not compared.</summary>
    public int CacheChunksMoved { get; init; }

    /// <summary>Whether Redis is configured and could not be read: then nothing is known of it.</summary>
    public bool CacheAway { get; init; }

    /// <summary>The first difference; null when all agrees.</summary>
    public StatusDifference? Difference { get; init; }
}

/// <summary>A published head that was compared.</summary>
/// <param name="Source">Where it was found: the address of a node, or <c>redis</c>.</param>
/// <param name="Seq">The change that it ends with.</param>
public sealed record AuditedHead(string Source, long Seq);
