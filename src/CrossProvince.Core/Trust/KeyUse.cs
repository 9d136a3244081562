namespace CrossProvince.Core.Trust;

/// <summary>The one thing a key is used for; it is refused for any other.</summary>
public enum KeyUse
{
    /// <summary>Signs the trust list.</summary>
    Root = 0,

    /// <summary>Signs presentation codes.</summary>
    Code = 1,

    /// <summary>Signs heads of the licence index.</summary>
    Index = 2,

    /// <summary>Signs verification receipts.</summary>
    Receipt = 3,
}
