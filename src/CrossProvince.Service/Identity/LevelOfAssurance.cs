namespace CrossProvince.Service.Identity;

/// <summary>How surely an identity provider knows whom a token speaks for (claim <c>loa</c>): low, then substantial, then high.</summary>
public enum LevelOfAssurance
{
    /// <summary>Said by the person alone, or a password.</summary>
    Low = 1,

    /// <summary>Proved against a register, two factors.</summary>
    Substantial = 2,

    /// <summary>Proved in person or with a chip, two factors.</summary>
    High = 3,
}
