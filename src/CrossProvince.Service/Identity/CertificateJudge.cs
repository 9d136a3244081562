using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Federation;

namespace CrossProvince.Service.Identity;

/// <summary>What a certificate is worth: an identity, or the reason why it is none.</summary>
internal readonly record struct CertificateJudgement(PartyName? Name, CallerRefusal? Refusal);

/// <summary>Judges certificates by the trust list: the chain must end in a CA that the list names for the region in the URN.</summary>
/// <remarks>A judgement is kept for as long as the trust list stays the same and the certificate is in its time, at most a minute.</remarks>
internal sealed class CertificateJudge(TrustSource trust, TrustedClock clock)
{
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private const int MostKept = 10_000;
    private const long KeptMilliseconds = 60_000;

    /// <summary>A connection's certificate is one object for all of its calls: it is hashed once.</summary>
    private readonly ConditionalWeakTable<X509Certificate2, string> _thumbprints = [];

    private readonly ConcurrentDictionary<(string Thumbprint, string Usage), (CertificateJudgement Judgement, TrustList List, long At)> _kept = new();
    private readonly ConcurrentDictionary<PartyName, DateTimeOffset> _ends = new();

    /// <summary>When the certificates end that were found good since this node started: of each name the one that lasts longest.</summary>
    public IReadOnlyCollection<KeyValuePair<PartyName, DateTimeOffset>> Ends => [.. _ends];

    /// <summary>SHA-256 of a certificate, upper-case hexadecimal; computed once for a connection.</summary>
    public string ThumbprintOf(X509Certificate2 certificate) => _thumbprints.GetValue(certificate, c => c.GetCertHashString(HashAlgorithmName.SHA256));

    /// <summary>Judges a certificate.</summary>
    /// <param name="certificate">The leaf.</param>
    /// <param name="usage">The extended key usage that it must have.</param>
    public CertificateJudgement Judge(X509Certificate2 certificate, string usage)
    {
        var key = (ThumbprintOf(certificate), usage);
        var list = trust.List;
        var now = clock.Now().UnixMilliseconds;
        if (_kept.TryGetValue(key, out var kept) && ReferenceEquals(kept.List, list) && now - kept.At < KeptMilliseconds)
        {
            return kept.Judgement;
        }

        if (_kept.Count >= MostKept)
        {
            _kept.Clear();
        }

        var judgement = JudgeAfresh(certificate, usage, list, now);
        if (judgement.Name is { } name && (_ends.Count < MostKept || _ends.ContainsKey(name)))
        {
            var end = new DateTimeOffset(certificate.NotAfter);
            _ends.AddOrUpdate(name, end, (_, known) => end > known ? end : known);
        }

        _kept[key] = (judgement, list, now);
        return judgement;
    }

    private static CertificateJudgement JudgeAfresh(X509Certificate2 shown, string usage, TrustList list, long now)
    {
        // Calls of one connection share the certificate object, and its extensions decode themselves when they are first read, which two may not do at once.
        using var certificate = X509CertificateLoader.LoadCertificate(shown.RawDataMemory.Span);
        if (PartyName.Find(certificate) is not { } name)
        {
            return Refuse(
                "CERTIFICATE_NAMES_NOBODY",
                "证书没有唯一的 urn:crossprovince:地区:角色:机构 形式的名称。",
                "The certificate has not exactly one name of the form urn:crossprovince:REGION:ROLE:ORGANISATION.");
        }

        if (list.FindRegion(name.Region) is not { } region)
        {
            return Refuse("CERTIFICATE_REGION_UNKNOWN", $"证书中的地区 {name.Region} 不在信任列表中。", $"The certificate names region {name.Region}, which is not in the trust list.");
        }

        if (usage == ClientAuthentication && !region.PartnerRoles.Contains(name.Role))
        {
            return Refuse(
                "ROLE_NOT_ADMITTED", $"信任列表不接纳地区 {name.Region} 角色为 {name.Role} 的调用方。", $"The trust list admits no callers of role {name.Role} from region {name.Region}.");
        }

        if (!certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(e => e.EnhancedKeyUsages[usage] is not null))
        {
            return Refuse(
                "CERTIFICATE_NOT_FOR_THIS_USE",
                $"证书的扩展密钥用法缺少 {(usage == ClientAuthentication ? "clientAuth" : "serverAuth")}。",
                $"The certificate's extended key usage lacks {(usage == ClientAuthentication ? "clientAuth" : "serverAuth")}.");
        }

        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.VerificationTime = DateTimeOffset.FromUnixTimeMilliseconds(now).UtcDateTime;
        foreach (var authority in region.CertificateAuthorities)
        {
            policy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(authority.Span));
        }

        if (chain.Build(certificate))
        {
            return new CertificateJudgement(name, null);
        }

        return chain.ChainStatus.Any(s => s.Status == X509ChainStatusFlags.NotTimeValid)
            ? Refuse("CERTIFICATE_NOT_IN_TIME", "证书已过期或尚未生效。", "The certificate is expired or not yet valid.")
            : Refuse(
                "CERTIFICATE_CHAIN_NOT_TRUSTED",
                $"证书链未终止于信任列表为地区 {name.Region} 指定的证书颁发机构。",
                $"The certificate's chain does not end in a CA that the trust list names for region {name.Region}.");
    }

    private static CertificateJudgement Refuse(string reason, string zh, string en) => new(null, new CallerRefusal(reason, zh, en));
}
