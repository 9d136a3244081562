using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;
using Grpc.Core;

namespace CrossProvince.Service.Identity;

/// <summary>Finds out who calls, afresh on every request: a token when one is sent, else the client certificate.</summary>
internal sealed class Callers(NodeSettings node, CertificateJudge judge, PartnerFile partners)
{
    private static readonly HashSet<string> s_noIssuers = [];

    /// <summary>Makes pseudonyms that nobody can lead back to a person; they last as long as the process.</summary>
    private static readonly byte[] s_pseudonymKey = RandomNumberGenerator.GetBytes(32);

    /// <summary>The caller of an rpc, which must have one of these roles.</summary>
    /// <exception cref="RpcException">UNAUTHENTICATED or PERMISSION_DENIED, saying why.</exception>
    public Caller Require(ServerCallContext context, params ReadOnlySpan<CallerRole> roles)
    {
        var caller = Identify(context.GetHttpContext());
        if (caller.Refusal is { } refusal)
        {
            throw RpcErrors.Unauthenticated(refusal);
        }

        return roles.Contains(caller.Role)
            ? caller
            : throw RpcErrors.PermissionDenied($"This rpc is not open to role {caller.Role.ToString().ToLowerInvariant()}.");
    }

    /// <summary>The caller of an HTTP request; see <see cref="Caller.Refusal"/>.</summary>
    public Caller Identify(HttpContext context)
    {
        if (context.Request.Headers.Authorization.Count > 0)
        {
            return context.User.Identity is { IsAuthenticated: true }
                ? FromToken(context.User)
                : Refuse(context.Items[TokenSchemes.RefusalItem] as string ?? "The token is not a bearer token of an identity provider that this node accepts.");
        }

        return context.Connection.ClientCertificate is { } certificate
            ? FromCertificate(judge.Judge(certificate, CertificateJudge.ClientAuthentication))
            : Refuse("Neither a client certificate nor a bearer token was sent.");
    }

    private Caller FromCertificate(CertificateJudgement judgement)
    {
        if (judgement.Name is not { } name)
        {
            return Refuse(judgement.Refusal!);
        }

        var caller = new Caller
        {
            Role = name.Role switch
            {
                PartyName.Node => CallerRole.Node,
                PartyName.Verifier => CallerRole.Verifier,
                _ => CallerRole.Authority,
            },
            Region = name.Region,
            Organisation = name.Organisation,
            Uri = name.ToString(),
        };
        if (caller.Role == CallerRole.Node)
        {
            return caller with { Rights = VerifierRights.Node };
        }

        // Organisations are known to the node of their own region only; elsewhere their region's node asks for them.
        if (name.Region != node.Region)
        {
            return Refuse($"The certificate is of region {name.Region}; organisations call the node of their own region, this one is of {node.Region}.");
        }

        return partners.Find(name.Role, name.Organisation) is { } entry
            ? caller with { Rights = new VerifierRights(true, entry.Scenarios), Issuers = entry.Issuers ?? s_noIssuers }
            : Refuse($"Organisation {name.Organisation} is not in this node's partner file as {name.Role}, or has been revoked there.");
    }

    private Caller FromToken(ClaimsPrincipal user)
    {
        if (user.FindFirstValue("holder_code") is { Length: > 0 } code)
        {
            return new Caller { Role = CallerRole.Holder, Region = node.Region, Uri = $"holder:{Pseudonym(code)}", PersonCode = code };
        }

        var organisation = user.FindFirstValue("org");
        if (organisation is not { Length: > 0 and <= 64 } || !RegionCode.TryParse(user.FindFirstValue("region"), out var region))
        {
            return Refuse("The token names neither a holder (holder_code) nor an operator (org, region).");
        }

        if (region != node.Region)
        {
            return Refuse($"The operator is of region {region}; operators call the node of their own region, this one is of {node.Region}.");
        }

        return partners.Find(PartyName.Verifier, organisation) is { } entry
            ? new Caller
            {
                Role = CallerRole.Operator,
                Region = region,
                Organisation = organisation,
                Uri = $"operator:{organisation}",
                Rights = new VerifierRights(true, entry.Scenarios),
                Terminal = user.FindFirstValue("terminal") ?? "",
            }
            : Refuse($"Organisation {organisation} is not in this node's partner file as verifier, or has been revoked there.");
    }

    private static string Pseudonym(string personCode) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(s_pseudonymKey, Encoding.UTF8.GetBytes(personCode)).AsSpan(0, 8));

    private static Caller Refuse(string reason) => new() { Role = CallerRole.None, Refusal = reason };
}
