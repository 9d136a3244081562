using System.Runtime.CompilerServices;
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
internal sealed class Callers(NodeSettings node, CertificateJudge judge, PartnerFile partners, TokenProviders providers)
{
    /// <summary>Value of the claim <c>roles</c> for operators who run the region's nodes.</summary>
    public const string OperationsRole = "operations";

    private static readonly HashSet<string> s_noIssuers = [];

    /// <summary>Makes pseudonyms that nobody can lead back to a person; they last as long as the process.</summary>
    private static readonly byte[] s_pseudonymKey = RandomNumberGenerator.GetBytes(32);

    /// <summary>Callers by the judgement of their certificate, which is one object while it is kept.</summary>
    private readonly ConditionalWeakTable<PartyName, Known> _known = [];

    /// <summary>The caller of an rpc, which must have one of these roles.</summary>
    /// <exception cref="RpcException">UNAUTHENTICATED or PERMISSION_DENIED, saying why.</exception>
    public Caller Require(ServerCallContext context, params ReadOnlySpan<CallerRole> roles) => Require(context.GetHttpContext(), roles);

    /// <summary>The caller of an HTTP request, which must have one of these roles; none means any.</summary>
    /// <exception cref="RpcException">UNAUTHENTICATED or PERMISSION_DENIED, saying why.</exception>
    public Caller Require(HttpContext context, params ReadOnlySpan<CallerRole> roles)
    {
        var caller = Identify(context);
        if (caller.Refusal is { } refusal)
        {
            throw RpcErrors.Refused(refusal);
        }

        if (roles.IsEmpty || roles.Contains(caller.Role))
        {
            return caller;
        }

        var role = caller.Role.ToString().ToLowerInvariant();
        throw RpcErrors.PermissionDenied("ROLE_NOT_ALLOWED", $"角色 {role} 不能调用此接口。", $"This rpc is not open to role {role}.");
    }

    /// <summary>Demands that it is known surely enough who calls.</summary>
    /// <exception cref="RpcException">UNAUTHENTICATED: sign in again in a surer way.</exception>
    public static void RequireLevel(Caller caller, LevelOfAssurance required)
    {
        if (caller.Level < required)
        {
            throw RpcErrors.Refused(TokenRefusals.LevelTooLow(caller.Level, required));
        }
    }

    /// <summary>Demands an operator who runs the region's nodes.</summary>
    /// <exception cref="RpcException">PERMISSION_DENIED.</exception>
    public static void RequireOperations(Caller caller)
    {
        if (!caller.RunsNodes)
        {
            throw RpcErrors.PermissionDenied(
                "OPERATIONS_ROLE_MISSING",
                $"此接口只供运维人员使用：登录令牌的 roles 中须有 {OperationsRole}。",
                $"This rpc is for those who run the nodes: the token's roles must name {OperationsRole}.");
        }
    }

    /// <summary>The caller of an HTTP request; see <see cref="Caller.Refusal"/>.</summary>
    public Caller Identify(HttpContext context)
    {
        if (context.Request.Headers.Authorization.Count > 0)
        {
            return context.User.Identity is { IsAuthenticated: true }
                ? FromToken(context.User)
                : Refuse(context.Items[TokenSchemes.RefusalItem] as CallerRefusal ?? TokenRefusals.BadSignature);
        }

        return context.Connection.ClientCertificate is { } certificate
            ? partners.IsRevoked(judge.ThumbprintOf(certificate))
                ? Refuse("CERTIFICATE_REVOKED", "本节点的合作方文件已吊销该证书。", "This node's partner file has revoked the certificate.")
                : FromCertificate(judge.Judge(certificate, CertificateJudge.ClientAuthentication))
            : Refuse("NOBODY_CALLS", "既没有客户端证书，也没有登录令牌。", "Neither a client certificate nor a bearer token was sent.");
    }

    private Caller FromCertificate(CertificateJudgement judgement)
    {
        if (judgement.Name is not { } name)
        {
            return Refuse(judgement.Refusal!);
        }

        // Organisations are known to the node of their own region only; elsewhere their region's node asks for them.
        var isOrganisation = name.Role != PartyName.Node;
        if (isOrganisation && name.Region != node.Region)
        {
            return Refuse(
                "ORGANISATION_OF_ANOTHER_REGION",
                $"证书属于地区 {name.Region}；机构应调用本地区的节点，本节点属于 {node.Region}。",
                $"The certificate is of region {name.Region}; organisations call the node of their own region, this one is of {node.Region}.");
        }

        var entry = isOrganisation ? partners.Find(name.Role, name.Organisation) : null;
        if (isOrganisation && entry is null)
        {
            return NotAPartner(name.Organisation, name.Role);
        }

        var region = isOrganisation ? null : partners.Find(name.Region);
        if (region is { Revoked: true })
        {
            return Refuse("REGION_REVOKED", $"本节点的合作方文件已停用地区 {name.Region} 的节点。", $"This node's partner file has revoked the nodes of region {name.Region}.");
        }

        // Certificate and partner file have been judged for this request. As long as both say the same, so does what they make of the caller.
        object? agreed = entry is not null ? entry : region;
        if (!_known.TryGetValue(name, out var known) || !ReferenceEquals(known.Agreed, agreed))
        {
            known = new(Describe(name, entry) with { Limits = entry?.Limits ?? region?.Limits }, agreed);
            _known.AddOrUpdate(name, known);
        }

        return known.Caller;
    }

    private Caller Describe(PartyName name, PartnerEntry? entry)
    {
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
        return entry is null ? caller with { Rights = VerifierRights.Node } : caller with { Rights = RightsOf(entry), Issuers = entry.Issuers ?? s_noIssuers, Types = NumbersOf(entry.Types) };
    }

    private VerifierRights RightsOf(PartnerEntry entry) => new(true, entry.Scenarios) { Types = NumbersOf(entry.Types) };

    private HashSet<int>? NumbersOf(HashSet<string>? types) => types?.Select(type => node.Catalogue.FindType(type)!.Number).ToHashSet();

    /// <summary>What was made of a caller.</summary>
    /// <param name="Caller">The caller.</param>
    /// <param name="Agreed">What the partner file said of it.</param>
    private sealed record Known(Caller Caller, object? Agreed);

    private Caller FromToken(ClaimsPrincipal user)
    {
        var issuer = providers.Find(user.FindFirstValue("iss") ?? "");
        if (issuer is null)
        {
            return Refuse(TokenRefusals.UnknownIssuer);
        }

        if (ReadLevel(user, issuer) is not { } level)
        {
            return Refuse(TokenRefusals.UnknownLevel);
        }

        if (level < issuer.MinimumLevel)
        {
            return Refuse(TokenRefusals.LevelTooLow(level, issuer.MinimumLevel));
        }

        var (holders, operators) = (user.FindAll("holder_code").Count(), user.FindAll("org").Count());
        return (holders, operators) switch
        {
            (0, 0) => Refuse(TokenRefusals.NamesNobody),
            (1, 0) => HolderOf(user, issuer, level),
            (0, 1) => OperatorOf(user, issuer, level),
            _ => Refuse(TokenRefusals.NamesTwo),
        };
    }

    private Caller HolderOf(ClaimsPrincipal user, TokenIssuer issuer, LevelOfAssurance level)
    {
        var person = new Person(user.FindFirstValue("holder_code")!, user.FindFirstValue("holder_code_type") ?? "");
        if (person.Code.Length == 0 || person.CodeType.Length != 3 || !person.CodeType.All(char.IsAsciiDigit))
        {
            return Refuse(TokenRefusals.NamesNobody);
        }

        return !issuer.Holders ? Refuse(TokenRefusals.NotForHolders)
            : issuer.HolderCodeTypes?.Contains(person.CodeType) == false ? Refuse(TokenRefusals.NotForCodeType(person.CodeType))
            : new Caller { Role = CallerRole.Holder, Region = node.Region, Uri = $"holder:{Pseudonym(person)}", Person = person, Level = level };
    }

    private Caller OperatorOf(ClaimsPrincipal user, TokenIssuer issuer, LevelOfAssurance level)
    {
        var organisation = user.FindFirstValue("org");
        if (organisation is not { Length: > 0 and <= 64 } || !RegionCode.TryParse(user.FindFirstValue("region"), out var region))
        {
            return Refuse(TokenRefusals.NamesNobody);
        }

        if (issuer.OperatorRegions is { } regions && !regions.Contains(region))
        {
            return Refuse(regions.Count == 0 ? TokenRefusals.NotForOperators : TokenRefusals.NotForRegion(region));
        }

        if (region != node.Region)
        {
            return Refuse(
                "OPERATOR_OF_ANOTHER_REGION",
                $"该操作员属于地区 {region}；操作员应调用本地区的节点，本节点属于 {node.Region}。",
                $"The operator is of region {region}; operators call the node of their own region, this one is of {node.Region}.");
        }

        var runsNodes = user.FindAll("roles").Any(claim => claim.Value == OperationsRole);
        if (runsNodes && !issuer.Operations)
        {
            return Refuse(TokenRefusals.NotForOperations);
        }

        return partners.Find(PartyName.Verifier, organisation) is { } entry
            ? new Caller
            {
                Role = CallerRole.Operator,
                Region = region,
                Organisation = organisation,
                Uri = $"operator:{organisation}",
                Rights = RightsOf(entry),
                Limits = entry.Limits,
                Terminal = user.FindFirstValue("terminal") ?? "",
                RunsNodes = runsNodes,
                Level = level,
            }
            : NotAPartner(organisation, PartyName.Verifier);
    }

    private static LevelOfAssurance? ReadLevel(ClaimsPrincipal user, TokenIssuer issuer) => user.FindFirstValue("loa") switch
    {
        null => issuer.AssumedLevel,
        "low" => LevelOfAssurance.Low,
        "substantial" => LevelOfAssurance.Substantial,
        "high" => LevelOfAssurance.High,
        _ => null,
    };

    private static string Pseudonym(Person person) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(s_pseudonymKey, Encoding.UTF8.GetBytes($"{person.CodeType}:{person.Code}")).AsSpan(0, 8));

    private static Caller NotAPartner(string organisation, string role) => Refuse(
        "ORGANISATION_NOT_ADMITTED",
        $"本节点的合作方文件中没有以 {role} 登记的机构 {organisation}，或其已被停用。",
        $"Organisation {organisation} is not in this node's partner file as {role}, or has been revoked there.");

    private static Caller Refuse(string reason, string zh, string en) => Refuse(new CallerRefusal(reason, zh, en));

    private static Caller Refuse(CallerRefusal refusal) => new() { Role = CallerRole.None, Refusal = refusal };
}
