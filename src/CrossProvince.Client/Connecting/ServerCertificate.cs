using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;

namespace CrossProvince.Client.Connecting;

/// <summary>Judges the certificate that a node shows.</summary>
internal static class ServerCertificate
{
    /// <summary>Accepts a node's certificate.</summary>
    /// <returns>True.</returns>
    /// <exception cref="AuthenticationException">It is refused; the message says why. Thrown because a mere false loses the reason.</exception>
    internal static bool Check(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, RegionCode? expectedRegion)
    {
        if (certificate is not X509Certificate2 shown)
        {
            throw new AuthenticationException("it shows no certificate");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            var reasons = chain?.ChainStatus.Select(status => status.StatusInformation.Trim()) ?? [];
            throw new AuthenticationException($"its certificate does not chain to {NodeIdentity.AuthoritiesFile} ({string.Join("; ", reasons)})");
        }

        if (errors != SslPolicyErrors.None)
        {
            throw new AuthenticationException("its certificate names another host");
        }

        var name = PartyName.Find(shown);
        if (name?.Role != "node")
        {
            throw new AuthenticationException($"its certificate is not a node's ({name?.ToString() ?? "no urn:crossprovince name"})");
        }

        return expectedRegion is null || name.Region == expectedRegion
            ? true
            : throw new AuthenticationException($"it is the node of {name.Region}, not of {expectedRegion}");
    }
}
