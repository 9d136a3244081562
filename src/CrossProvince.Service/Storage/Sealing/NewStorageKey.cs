namespace CrossProvince.Service.Storage.Sealing;

/// <summary>A key to be made.</summary>
/// <param name="File">The key file; a new one gets a data key and a look-up key, both current.</param>
public sealed record NewStorageKey(string File)
{
    /// <summary>Its name; null is the next number.</summary>
    public string? Id { get; init; }

    /// <summary>Whether it is a look-up key.</summary>
    public bool IsLookUp { get; init; }

    /// <summary>Whether it is made the current one at once.</summary>
    public bool MakeCurrent { get; init; }

    /// <summary>Whether it works with SM4-GCM or HMAC-SM3, rather than AES-256-GCM or HMAC-SHA-256.</summary>
    public bool UseSm { get; init; }
}
