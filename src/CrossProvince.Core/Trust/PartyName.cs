using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Identifiers;

namespace CrossProvince.Core.Trust;

/// <summary>Who a certificate speaks for: <c>urn:crossprovince:REGION:ROLE:ORGANISATION</c> (docs/operations.md, "Identity").</summary>
/// <param name="Region">The region.</param>
/// <param name="Role">The role: node, verifier or authority.</param>
/// <param name="Organisation">The organisation's unified social credit code.</param>
public sealed record PartyName(RegionCode Region, string Role, string Organisation)
{
    /// <summary>A region's node.</summary>
    public const string Node = "node";

    /// <summary>An organisation that scans.</summary>
    public const string Verifier = "verifier";

    /// <summary>An authority that keeps licences.</summary>
    public const string Authority = "authority";

    private const string Prefix = "urn:crossprovince:";
    private const string SubjectAlternativeName = "2.5.29.17";
    private static readonly string[] s_roles = [Node, Verifier, Authority];
    private static readonly Asn1Tag s_uri = new(TagClass.ContextSpecific, 6);

    /// <summary>Reads the one name of this kind among a certificate's alternative names.</summary>
    /// <param name="certificate">The certificate; its chain is not judged.</param>
    /// <returns>The name, or null when there is none, more than one, or one that is not well formed.</returns>
    public static PartyName? Find(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        var names = Uris(certificate).Where(uri => uri.StartsWith(Prefix, StringComparison.Ordinal)).ToList();
        return names.Count == 1 ? Parse(names[0]) : null;
    }

    /// <summary>Reads a URN.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The name, or null when the text is none that is well formed.</returns>
    public static PartyName? Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(Prefix, StringComparison.Ordinal) ? Parse(text) : null;
    }

    /// <summary>The whole URN.</summary>
    public override string ToString() => $"{Prefix}{Region}:{Role}:{Organisation}";

    private static PartyName? Parse(string urn) =>
        urn[Prefix.Length..].Split(':') is [var region, var role, { Length: > 0 and <= 64 } organisation]
        && RegionCode.TryParse(region, out var code) && s_roles.Contains(role)
            ? new PartyName(code, role, organisation)
            : null;

    // X509SubjectAlternativeNameExtension lists DNS names and addresses, not URIs (RFC 5280 §4.2.1.6: [6] IA5String).
    private static List<string> Uris(X509Certificate2 certificate)
    {
        var uris = new List<string>();
        foreach (var extension in certificate.Extensions.Where(e => e.Oid?.Value == SubjectAlternativeName))
        {
            try
            {
                var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
                while (names.HasData)
                {
                    if (names.PeekTag().HasSameClassAndValue(s_uri))
                    {
                        uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, s_uri));
                    }
                    else
                    {
                        names.ReadEncodedValue();
                    }
                }
            }
            catch (AsnContentException)
            {
                return [];
            }
        }

        return uris;
    }
}
