namespace CrossProvince.Service.Recording;

/// <summary>Why nothing can be recorded.</summary>
internal enum SpoolFault
{
    /// <summary>The spool has reached <c>Recording:MaxBytes</c>: the database has not taken records for long.</summary>
    Full = 1,

    /// <summary>Its disk is full, read-only or broken.</summary>
    Unwritable = 2,

    /// <summary>The node is being stopped.</summary>
    Stopping = 3,
}

/// <summary>A record was not made durable; what it is about must not be answered.</summary>
internal sealed class SpoolException(SpoolFault fault, Exception? inner = null) : Exception("Nothing can be recorded now.", inner)
{
    public SpoolFault Fault { get; } = fault;
}
