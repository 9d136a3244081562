namespace CrossProvince.Core.Trust;

/// <summary>A trust list is not what it must be; the message says why.</summary>
public sealed class TrustListException : Exception
{
    /// <summary>Without a reason.</summary>
    public TrustListException()
    {
    }

    /// <summary>With the reason.</summary>
    public TrustListException(string message)
        : base(message)
    {
    }

    /// <summary>With the reason and what caused it.</summary>
    public TrustListException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
