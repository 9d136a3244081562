namespace CrossProvince.Faults.Tests.Plan;

/// <summary>What is done to a region under load.</summary>
internal enum FaultKind
{
    /// <summary>kill -9 of a node of Beijing.</summary>
    Node,

    /// <summary>kill -9 of that node which writes the index to Redis.</summary>
    IndexWriter,

    /// <summary>kill -9 of the partner's node.</summary>
    Partner,

    /// <summary>kill -9 of all processes of PostgreSQL.</summary>
    Postgres,

    /// <summary>kill -9 of Redis, which comes back with its file.</summary>
    RedisKept,

    /// <summary>kill -9 of Redis, which comes back empty.</summary>
    RedisEmpty,

    /// <summary>kill -9 of Redis, which comes back with the file it had at the kill before.</summary>
    RedisOlder,

    /// <summary>kill -9 of a node and of PostgreSQL at once.</summary>
    NodeAndPostgres,

    /// <summary>kill -9 of both nodes at once.</summary>
    BothNodes,

    /// <summary>FLUSHALL, and how long until Redis holds everything again.</summary>
    RedisFlushed,

    /// <summary>Redis is stopped where it stands (SIGSTOP), and goes on later.</summary>
    RedisPaused,

    /// <summary>The same with PostgreSQL.</summary>
    PostgresPaused,

    /// <summary>The same with a node.</summary>
    NodePaused,

    /// <summary>PostgreSQL takes no writes.</summary>
    DatabaseReadOnly,

    /// <summary>The disk of PostgreSQL is full.</summary>
    DatabaseFull,

    /// <summary>The disk of a node's spool is full.</summary>
    SpoolFull,
}
