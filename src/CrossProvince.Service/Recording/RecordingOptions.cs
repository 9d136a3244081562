using System.ComponentModel.DataAnnotations;

namespace CrossProvince.Service.Recording;

/// <summary>The spool: files in which records of verifications are made durable before they reach the database.</summary>
public sealed class RecordingOptions
{
    /// <summary>Folder of the spool, of this node alone. It is made, for the node's user only, and must be on a disk that keeps what it has confirmed.</summary>
    /// <value>With SQLite the database file's name and <c>-spool</c>; with PostgreSQL <c>data/REGION/spool</c>.</value>
    public string? Directory { get; set; }

    /// <summary>How large the spool may become while the database is away, bytes. A record takes about 400; when it is full, verifying is refused or goes on unrecorded.</summary>
    /// <value>Default 4 GiB; 1 MiB to 1 TiB.</value>
    [Range(typeof(long), "1048576", "1099511627776")]
    public long MaxBytes { get; set; } = 4L << 30;

    /// <summary>Whether verifying goes on unrecorded while the spool is full or cannot be written, instead of being refused. What is answered then is counted and missing for ever.</summary>
    /// <value>Default false.</value>
    public bool ContinueUnrecorded { get; set; }
}
