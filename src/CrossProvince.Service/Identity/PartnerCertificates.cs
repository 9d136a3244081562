using CrossProvince.Core.Trust;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Service.Identity;

/// <summary>When the certificates of partners end, as far as they have come since this node started.</summary>
internal sealed class PartnerCertificates(CertificateJudge judge, PartnerFile partners, NodeSettings node)
{
    /// <summary>Of each partner that this node admits: the end of the certificate that lasts longest, so that one who has renewed counts as renewed.</summary>
    public IEnumerable<(PartyName Name, DateTimeOffset End)> Ends() => judge.Ends.Where(end => IsPartner(end.Key)).Select(end => (end.Key, end.Value));

    private bool IsPartner(PartyName name) => name.Role == PartyName.Node
        ? name.Region != node.Region && partners.Find(name.Region) is not { Revoked: true }
        : name.Region == node.Region && partners.Find(name.Role, name.Organisation) is not null;
}
