using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Contracts.Federation.V1;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Trust;
using Grpc.Core;

namespace CrossProvince.Cli.Conformance;

/// <summary>Who answers, and whom the node believes to be whom.</summary>
internal static class IdentityChecks
{
    private const string Clause = "docs/signed-documents.md, Identities";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    internal static IEnumerable<Check> Of(Target target)
    {
        yield return new(
            "tls-name", new("服务器证书的名称", "the server certificate's name"), Clause, $"TLS 1.2 or 1.3; one name urn:crossprovince:{target.Region}:node:…, and the host that is dialled", Need.Nothing,
            async cancellationToken =>
            {
                using var shown = await HandshakeAsync(target.Node, cancellationToken);
                var name = PartyName.Find(shown.Certificate);
                var host = shown.Certificate.MatchesHostname(target.Node.Host);
                return Finding.Of(
                    name is { Role: PartyName.Node } && name.Region == target.Region && host,
                    $"{shown.Protocol}; {name?.ToString() ?? "no single urn:crossprovince name"}{(host ? "" : $", not for {target.Node.Host}")}");
            });
        yield return new(
            "tls-authority", new("服务器证书的签发机构", "who issued the server's certificate"), Clause, "an authority that the trust list names for the region; usable for servers; valid now", Need.Trust,
            async cancellationToken =>
            {
                using var shown = await HandshakeAsync(target.Node, cancellationToken);
                return Chain(target, shown.Certificate, shown.Sent);
            });
        yield return new(
            "caller-without-certificate", new("没有证书的调用方", "a caller without a certificate"), "protos, VerificationService", "UNAUTHENTICATED", Need.Nothing,
            cancellationToken => ErrorForm.OfAsync(() => Ask(target.Nobody, cancellationToken), StatusCode.Unauthenticated));
        yield return new(
            "caller-by-header", new("在请求头中自称身份", "a caller who claims an identity in headers"), Clause, "UNAUTHENTICATED: nothing that a request says about its sender counts", Need.Nothing,
            cancellationToken =>
            {
                var urn = $"urn:crossprovince:{target.Region}:node:{target.Impostor.Name!.Organisation}";
                var headers = new Metadata
                {
                    { "x-forwarded-client-cert", $"URI={urn}" }, { "x-client-urn", urn }, { "x-ssl-client-s-dn", urn }, { "x-client-verify", "SUCCESS" },
                };
                return ErrorForm.OfAsync(() => target.Nobody.Verifications.VerifyAsync(Request(), headers, cancellationToken: cancellationToken).ResponseAsync, StatusCode.Unauthenticated);
            });
        yield return new(
            "caller-self-made", new("自制证书冒用名称", "a certificate of nobody's making with a verifier's name"), Clause, "UNAUTHENTICATED, or TLS refused", Need.Nothing,
            async cancellationToken =>
            {
                try
                {
                    await Ask(target.Impostor, cancellationToken);
                    return Finding.Of(false, "it was answered");
                }
                catch (RpcException e)
                {
                    return e is { StatusCode: StatusCode.Unavailable, Status.DebugException: { } refused }
                        ? Finding.Of(true, $"TLS refused ({refused.GetType().Name})")
                        : ErrorForm.Judge(e, StatusCode.Unauthenticated);
                }
            });
        yield return Denied("role-verifier-watches", new("核验方订阅状态流", "a verifier asks for the status stream"), Need.Verifier, async cancellationToken =>
        {
            using var call = target.Verifier!.Federation.WatchStatus(new WatchStatusRequest { Region = target.Region.ToString(), FromSeq = 1 }, cancellationToken: cancellationToken);
            await call.ResponseStream.MoveNext(cancellationToken);
        });
        yield return Denied("role-verifier-discloses", new("核验方以节点身份查阅", "a verifier asks as a node would"), Need.Verifier, cancellationToken =>
            target.Verifier!.Federation.DiscloseAsync(new DiscloseRequest(), cancellationToken: cancellationToken).ResponseAsync);
        yield return Denied("role-verifier-reads-changes", new("核验方读取发证记录", "a verifier asks for an authority's records"), Need.Verifier, cancellationToken =>
            target.Verifier!.Licences.ListStatusChangesAsync(new ListStatusChangesRequest(), cancellationToken: cancellationToken).ResponseAsync);
        yield return Denied("role-verifier-on-behalf", new("核验方代他人核验", "a verifier asks on behalf of another"), Need.Verifier, cancellationToken =>
            target.Verifier!.Verifications.VerifyAsync(Request(request => request.OnBehalfOf = "91110000802100433B"), cancellationToken: cancellationToken).ResponseAsync);
        yield return Denied("role-node-imports", new("他省节点读取发证记录", "another region's node asks for an authority's records"), Need.Peer, cancellationToken =>
            target.Peer!.Licences.ListStatusChangesAsync(new ListStatusChangesRequest(), cancellationToken: cancellationToken).ResponseAsync);
    }

    private static Check Denied(string id, Core.Identifiers.LocalizedText what, Need needs, Func<CancellationToken, Task> call) =>
        new(id, what, "docs/architecture.md, Who may call what", "PERMISSION_DENIED", needs, cancellationToken => ErrorForm.OfAsync(() => call(cancellationToken), StatusCode.PermissionDenied));

    private static Task<VerifyResponse> Ask(Probe probe, CancellationToken cancellationToken) => probe.Verifications.VerifyAsync(Request(), cancellationToken: cancellationToken).ResponseAsync;

    private static VerifyRequest Request(Action<VerifyRequest>? change = null)
    {
        var request = new VerifyRequest { Code = "CP1", TerminalId = "conformance" };
        change?.Invoke(request);
        return request;
    }

    private static Finding Chain(Target target, X509Certificate2 certificate, X509Certificate2Collection sent)
    {
        if (target.TrustedRegion is not { } region)
        {
            return Finding.Of(false, $"the trust list does not have region {target.Region}");
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new(ServerAuthentication));
        chain.ChainPolicy.ExtraStore.AddRange(sent);
        foreach (var authority in region.CertificateAuthorities)
        {
            chain.ChainPolicy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(authority.Span));
        }

        var holds = chain.Build(certificate);
        return Finding.Of(holds, holds ? $"{chain.ChainElements[^1].Certificate.Subject}; until {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}" : string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation.Trim())));
    }

    private static async Task<Shown> HandshakeAsync(Uri node, CancellationToken cancellationToken)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(node.Host, node.Port, cancellationToken);
        X509Certificate2? certificate = null;
        var sent = new X509Certificate2Collection();
        var options = Probe.Tls(null, null);
        options.TargetHost = node.Host;
        options.ApplicationProtocols = [SslApplicationProtocol.Http2];
        options.RemoteCertificateValidationCallback = (_, shown, chain, _) =>
        {
            certificate = shown is null ? null : X509CertificateLoader.LoadCertificate(shown.GetRawCertData());
            foreach (var other in chain?.ChainPolicy.ExtraStore ?? [])
            {
                sent.Add(X509CertificateLoader.LoadCertificate(other.RawData));
            }

            return certificate is not null;
        };
        await using var tls = new SslStream(tcp.GetStream());
        await tls.AuthenticateAsClientAsync(options, cancellationToken);
        var protocol = $"{tls.SslProtocol}, {(tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2 ? "h2" : "no HTTP/2")}";
        return new Shown(certificate!, sent, protocol);
    }

    private sealed record Shown(X509Certificate2 Certificate, X509Certificate2Collection Sent, string Protocol) : IDisposable
    {
        public void Dispose() => Certificate.Dispose();
    }
}
