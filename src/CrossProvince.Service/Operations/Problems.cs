using CrossProvince.Contracts.Operations.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.StatusIndex;

namespace CrossProvince.Service.Operations;

/// <summary>What is wrong with a node, and what to do: for who is called at three in the morning.</summary>
internal static class Problems
{
    /// <summary>From so many days before its end something must be renewed.</summary>
    public const int WarnedDays = 30;

    /// <summary>Finds them.</summary>
    /// <param name="state">Everything but the problems.</param>
    /// <param name="now">The trusted time.</param>
    /// <param name="trust">How far the trust list is relied on.</param>
    /// <param name="chain">What is withheld; null before the chain was read.</param>
    /// <param name="withoutKey">Uses of which no key may sign now.</param>
    public static IEnumerable<Problem> Find(GetStateResponse state, TrustedTime now, TrustFreshness trust, ChainState? chain, IReadOnlyList<KeyUse>? withoutKey = null)
    {
        if (now.ClockBehind)
        {
            yield return Critical("clock", "系统时钟落后于已签名的时间，核验一律无法判断：请校准时钟。", "The system clock is behind signed times, and every verification is undetermined: set the clock right.");
        }

        foreach (var problem in FindInTrust(state.TrustList, trust))
        {
            yield return problem;
        }

        foreach (var use in withoutKey ?? [])
        {
            var (setting, zh, en) = use switch
            {
                KeyUse.Code => ("Keys:Code", "不能亮证", "no code can be made"),
                KeyUse.Index => ("Keys:Index", "不再发布索引头，其他地区的副本会过时", "no head is published, and the copies of other regions grow stale"),
                _ => ("Keys:Receipt", "核验结果不带回执", "answers come without receipts"),
            };
            yield return Critical("key", $"{setting} 中没有按信任列表现在可以签名的密钥，{zh}。", $"{setting} has no key that may sign now by the trust list: {en}.");
        }

        if (chain is { Hold: not ChainHold.None })
        {
            yield return Critical(
                "chain",
                $"数据库停在第 {chain.Seq} 项变更，但第 {chain.Seen} 项已发布过（可能由旧备份恢复）：在用 crossprovince status resume 说明如何继续之前，不变更也不发布。",
                $"The database ends at change {chain.Seq}, but change {chain.Seen} was published: nothing is changed or published until 'crossprovince status resume' says how to go on.");
        }

        foreach (var part in state.Components)
        {
            if (part.State is ComponentState.Down or ComponentState.Degraded)
            {
                yield return Make(part.State == ComponentState.Down ? Severity.Critical : Severity.Warning, part.Name, $"{NameOf(part.Name)}{part.Text.Zh}", $"{part.Name}: {part.Text.En}");
            }
        }

        foreach (var feed in state.Feeds)
        {
            if (FindInFeed(feed) is { } problem)
            {
                yield return problem;
            }
        }

        foreach (var expiry in state.Expiries)
        {
            if (FindInExpiry(expiry, state.Region) is { } problem)
            {
                yield return problem;
            }
        }
    }

    private static IEnumerable<Problem> FindInTrust(TrustListState list, TrustFreshness trust)
    {
        if (trust.TooOld)
        {
            yield return Critical("trust-list", "信任列表过期已超过七天，核验一律无法判断：请换上新的信任列表。", "The trust list expired more than seven days ago, and every verification is undetermined: install a new one.");
        }
        else if (trust.Expired)
        {
            yield return Critical("trust-list", "信任列表已过期，七天后核验将一律无法判断：请换上新的信任列表。", "The trust list has expired, and seven days after that nothing is answered: install a new one.");
        }
        else if (list.DaysLeft < WarnedDays)
        {
            yield return Warning("trust-list", $"信任列表还有 {list.DaysLeft} 天过期：请向各地区取得新的。", $"The trust list expires in {list.DaysLeft} days: obtain the next.");
        }

        if (trust.ReReadOverdue)
        {
            yield return Warning("trust-list", "已多次未能确认信任列表是最新的：请检查 Trust:List 的文件，或 Trust:Url 能否访问。", "For several times nothing said that the trust list is the newest: look at the file of Trust:List, or whether Trust:Url can be reached.");
        }
    }

    private static Problem? FindInFeed(Feed feed)
    {
        var (zh, en) = ($"{feed.Name.Zh}（{feed.Region}）", $"{feed.Name.En} ({feed.Region})");
        var (whyZh, whyEn) = feed.LastError.Length > 0 ? ($"最近的错误：{feed.LastError}", $"Last error: {feed.LastError}") : ("", "");
        if (feed.ForkedSeq > 0)
        {
            return Critical(
                feed.Region,
                $"{zh}对第 {feed.ForkedSeq} 项变更签署了两份不同的历史：已停止跟随，它的码将越来越多地无法判断。请与该地区核实哪一份为真，再用 crossprovince status settle --partner {feed.Region} 继续。",
                $"{en} signed two histories of change {feed.ForkedSeq}: it is followed no further, and its codes become undetermined. Ask that region which one is true, then go on with 'crossprovince status settle --partner {feed.Region}'.");
        }

        var minutes = feed.AgeMilliseconds / 60_000;
        return feed.Freshness switch
        {
            Freshness.Missing => Critical(
                feed.Region, $"还没有{zh}的证照索引，该地区的码一律无法判断。{whyZh}", $"There is no licence index of {en}: its codes are undetermined. {whyEn}".TrimEnd()),
            Freshness.TooOld => Critical(
                feed.Region, $"{zh}的证照索引已 {minutes} 分钟没有更新，超过硬上限，该地区的码无法判断。{whyZh}",
                $"The licence index of {en} is {minutes} minutes old, past the hard limit: its codes are undetermined. {whyEn}".TrimEnd()),
            Freshness.Stale => Warning(
                feed.Region, $"{zh}的证照索引已 {minutes} 分钟没有更新，答复标为“可能过时”。{whyZh}", $"The licence index of {en} is {minutes} minutes old: answers are marked stale. {whyEn}".TrimEnd()),
            _ when feed.LastError.Length > 0 => Warning(feed.Region, $"跟随{zh}失败，现有副本仍可用。{whyZh}", $"Following {en} fails; the copy is still good. {whyEn}"),
            _ => null,
        };
    }

    /// <summary>Other regions' keys are theirs to renew; their end is told when it has come.</summary>
    private static Problem? FindInExpiry(Expiry expiry, string ownRegion)
    {
        var isPartners = expiry.Kind == ExpiryKind.PartnerCertificate;
        if (expiry.DaysLeft >= WarnedDays || (expiry.Region != ownRegion && expiry.DaysLeft >= 0 && !isPartners))
        {
            return null;
        }

        var subject = expiry.Kind is ExpiryKind.Certificate or ExpiryKind.CertificateAuthority or ExpiryKind.PartnerCertificate ? "certificate" : "key";
        var (zh, en) = expiry.Kind switch
        {
            ExpiryKind.Certificate => ("本节点的证书", "The certificate of this node"),
            ExpiryKind.PartnerCertificate => ("合作方的证书", "The certificate of a partner"),
            ExpiryKind.CertificateAuthority => ($"地区 {expiry.Region} 的证书机构", $"The certificate authority of region {expiry.Region}"),
            ExpiryKind.CodeKey => ($"地区 {expiry.Region} 的亮证码密钥", $"The code key of region {expiry.Region}"),
            ExpiryKind.IndexKey => ($"地区 {expiry.Region} 的索引密钥", $"The index key of region {expiry.Region}"),
            _ => ($"地区 {expiry.Region} 的回执密钥", $"The receipt key of region {expiry.Region}"),
        };
        var (doZh, doEn) = isPartners ? ("请提醒对方更换", "tell them to replace it") : ("请更换", "replace it");
        return expiry.DaysLeft < 0
            ? Make(expiry.InUseHere ? Severity.Critical : Severity.Warning, subject, $"{zh} {expiry.Subject} 已到期：{doZh}。", $"{en}, {expiry.Subject}, has ended: {doEn}.")
            : Warning(subject, $"{zh} {expiry.Subject} 还有 {expiry.DaysLeft} 天到期：{doZh}。", $"{en}, {expiry.Subject}, ends in {expiry.DaysLeft} days: {doEn}.");
    }

    private static string NameOf(string component) => component switch
    {
        "database" => "数据库",
        "redis" => "Redis ",
        _ => "记录：",
    };

    private static Problem Critical(string subject, string zh, string en) => Make(Severity.Critical, subject, zh, en);

    private static Problem Warning(string subject, string zh, string en) => Make(Severity.Warning, subject, zh, en);

    private static Problem Make(Severity severity, string subject, string zh, string en) => new() { Severity = severity, Subject = subject, Text = new Message { Zh = zh, En = en } };
}
