namespace CrossProvince.Core.Signatures;

/// <summary>A key file that is not a well-formed SM2 or P-256 key; the message says what is wrong with it.</summary>
public sealed class KeyFormatException : FormatException
{
    /// <summary>Creates the exception without a message.</summary>
    public KeyFormatException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong with the key.</param>
    public KeyFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">What is wrong with the key.</param>
    /// <param name="innerException">The cause.</param>
    public KeyFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
