using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Trust;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Service.Federation.Trusting;

/// <summary>Whether a trust list with good signatures can be used by this node.</summary>
internal static class TrustListFit
{
    /// <summary>Demands that it has the node's region and its catalogue, and outside Development nothing of the sample set.</summary>
    /// <exception cref="ConfigurationException">It does not.</exception>
    public static void Check(NodeSettings node, TrustList list, TrustRoots roots)
    {
        if (list.FindRegion(node.Region) is null)
        {
            throw new ConfigurationException("Trust:List", $"has no region {node.Region}, which this node is configured for.");
        }

        if (!list.CatalogueHash.Span.SequenceEqual(node.Catalogue.Hash.Span))
        {
            throw new ConfigurationException("Catalogue:Path", "holds another catalogue than the trust list names: install the catalogue of this trust list on every node first.");
        }

        if (!node.IsDevelopment && (list.Regions.Any(HasSamples) || roots.Keys.Any(key => SampleKeys.Contains(key.Spki.Span))))
        {
            throw new ConfigurationException("Trust:List", "names sample keys or a sample CA, whose private half is public. They work in Development only.");
        }
    }

    private static bool HasSamples(TrustedRegion region) =>
        region.Keys.Any(k => SampleKeys.Contains(k.Key.Spki.Span)) || region.CertificateAuthorities.Any(IsSample);

    private static bool IsSample(ReadOnlyMemory<byte> authority)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(authority.Span);
        return SampleKeys.Contains(certificate.PublicKey.ExportSubjectPublicKeyInfo());
    }
}
