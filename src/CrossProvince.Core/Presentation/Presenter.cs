namespace CrossProvince.Core.Presentation;

/// <summary>Who shows a licence.</summary>
/// <remarks>On the wire: append only.</remarks>
public enum Presenter
{
    /// <summary>The holder.</summary>
    Holder = 0,

    /// <summary>A guardian of the holder.</summary>
    Guardian = 1,

    /// <summary>An authorised agent of a legal person.</summary>
    Agent = 2,

    /// <summary>An operator, on the holder's behalf.</summary>
    Operator = 3,
}
