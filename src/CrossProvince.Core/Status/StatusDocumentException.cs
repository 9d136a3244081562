namespace CrossProvince.Core.Status;

/// <summary>A head, chunk, change or receipt is not what it must be; what was held before stays.</summary>
public sealed class StatusDocumentException : Exception
{
    /// <summary>Without a reason.</summary>
    public StatusDocumentException()
    {
    }

    /// <summary>With the reason, for a log.</summary>
    public StatusDocumentException(string message)
        : base(message)
    {
    }

    /// <summary>With the reason and what caused it.</summary>
    public StatusDocumentException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
