using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Identifiers;

namespace CrossProvince.Service.Identity;

/// <summary>The identity in a certificate: <c>urn:crossprovince:REGION:ROLE:ORGANISATION</c>.</summary>
internal readonly record struct CertificateUrn(RegionCode Region, CallerRole Role, string Organisation)
{
    private const string Prefix = "urn:crossprovince:";

    /// <summary>The one such name of a certificate; null when it has none, more than one, or an ill-formed one.</summary>
    public static CertificateUrn? Find(X509Certificate2 certificate)
    {
        CertificateUrn? found = null;
        foreach (var name in SubjectAlternativeNames.Uris(certificate))
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            if (found is not null || !TryParse(name, out var urn))
            {
                return null;
            }

            found = urn;
        }

        return found;
    }

    /// <summary>The role as it stands in the name.</summary>
    public string RoleName => Role switch
    {
        CallerRole.Node => "node",
        CallerRole.Verifier => "verifier",
        _ => "authority",
    };

    public override string ToString() => $"{Prefix}{Region}:{RoleName}:{Organisation}";

    private static bool TryParse(string name, out CertificateUrn urn)
    {
        urn = default;
        var parts = name[Prefix.Length..].Split(':');
        if (parts.Length != 3 || !RegionCode.TryParse(parts[0], out var region) || parts[2].Length is 0 or > 64)
        {
            return false;
        }

        var role = parts[1] switch
        {
            "node" => CallerRole.Node,
            "verifier" => CallerRole.Verifier,
            "authority" => CallerRole.Authority,
            _ => CallerRole.None,
        };
        urn = new CertificateUrn(region, role, parts[2]);
        return role != CallerRole.None;
    }
}
