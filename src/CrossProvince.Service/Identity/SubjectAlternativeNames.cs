using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace CrossProvince.Service.Identity;

/// <summary>Reads the subjectAltName extension (RFC 5280 §4.2.1.6).</summary>
internal static class SubjectAlternativeNames
{
    private const string ExtensionOid = "2.5.29.17";

    private static readonly Asn1Tag s_uri = new(TagClass.ContextSpecific, 6);

    /// <summary>The uniformResourceIdentifier names; empty when there are none or the extension is broken.</summary>
    public static IReadOnlyList<string> Uris(X509Certificate2 certificate)
    {
        var uris = new List<string>();
        try
        {
            foreach (var extension in certificate.Extensions.Where(e => e.Oid?.Value == ExtensionOid))
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
        }
        catch (AsnContentException)
        {
            // A name that can't be read is no name.
            return [];
        }

        return uris;
    }
}
