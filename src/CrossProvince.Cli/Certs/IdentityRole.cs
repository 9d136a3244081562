namespace CrossProvince.Cli.Certs;

/// <summary>The part that the owner of a certificate plays.</summary>
internal enum IdentityRole
{
    Node = 1,
    Verifier = 2,
    Authority = 3,
}

/// <summary>Names of the roles, as in the certificate's URN.</summary>
internal static class IdentityRoles
{
    internal static string Name(IdentityRole role) => role switch
    {
        IdentityRole.Node => "node",
        IdentityRole.Verifier => "verifier",
        IdentityRole.Authority => "authority",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, null),
    };
}
