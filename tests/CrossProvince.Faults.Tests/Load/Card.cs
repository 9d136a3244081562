using CrossProvince.Faults.Tests.History;
using CrossProvince.LoadTest.Codes;

namespace CrossProvince.Faults.Tests.Load;

/// <summary>What the authority may do with a card during a load.</summary>
internal enum Fate
{
    /// <summary>Nothing: it is in force from beginning to end.</summary>
    Stays,

    /// <summary>It is suspended and reinstated again and again.</summary>
    Moves,

    /// <summary>It is revoked at some moment.</summary>
    Ends,
}

/// <summary>An identity card that is shown and verified.</summary>
/// <param name="Life">What becomes of it.</param>
/// <param name="Token">Its holder's.</param>
/// <param name="Fate">What may become of it.</param>
internal sealed record Card(LicenceLife Life, string Token, Fate Fate)
{
    private volatile HeldCode? _lasting;

    /// <summary>What a code of it says: for codes that Tianjin verifies, which are made here with Beijing's own key.</summary>
    public CodeTemplate Template { get; set; } = null!;

    /// <summary>A code of it that may be used many times, made by Beijing; null when there is none that lives.</summary>
    public HeldCode? Lasting
    {
        get => _lasting is { } code && code.ExpiresAt > Outages.Now() ? code : null;
        set => _lasting = value;
    }
}
