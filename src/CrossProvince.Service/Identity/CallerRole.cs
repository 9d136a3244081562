namespace CrossProvince.Service.Identity;

/// <summary>What a caller is to the federation: the first three by certificate, the others by token.</summary>
internal enum CallerRole
{
    None = 0,
    Node,
    Verifier,
    Authority,
    Holder,
    Operator,
}
