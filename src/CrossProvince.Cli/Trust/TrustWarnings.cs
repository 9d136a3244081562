using System.Security.Cryptography.X509Certificates;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Trust;

namespace CrossProvince.Cli.Trust;

/// <summary>What speaks against handing out a trust list although its signatures are good.</summary>
internal static class TrustWarnings
{
    private const long Day = 86_400;
    private const int WarnedDays = 30;

    /// <summary>Five of the usual refresh intervals: a key signs no earlier after its publication.</summary>
    private const long PublishedBefore = 300;

    /// <summary>Finds them.</summary>
    /// <param name="list">The list.</param>
    /// <param name="before">The list in force, when there is one.</param>
    /// <param name="now">Unix seconds.</param>
    internal static IEnumerable<LocalizedText> Find(TrustList list, TrustList? before, long now)
    {
        if (list.ExpiresAt < now + (WarnedDays * Day))
        {
            yield return new($"到期时间 {TrustText.Time(list.ExpiresAt)} 距今不足 {WarnedDays} 天", $"it expires {TrustText.Time(list.ExpiresAt)}, in less than {WarnedDays} days");
        }

        foreach (var region in list.Regions)
        {
            foreach (var warning in FindIn(region, now).Concat(before?.FindRegion(region.Code) is { } old ? FindBetween(old, region, now) : []))
            {
                yield return new($"地区 {region.Code}：{warning.Zh}", $"region {region.Code}: {warning.En}");
            }
        }
    }

    private static IEnumerable<LocalizedText> FindIn(TrustedRegion region, long now)
    {
        foreach (var use in new[] { KeyUse.Code, KeyUse.Index, KeyUse.Receipt })
        {
            var keys = region.Keys.Where(key => key.Use == use && key.CompromisedAt is null).ToList();
            var name = TrustText.Name(use);
            if (!keys.Any(key => key.MaySignAt(now)))
            {
                yield return keys.Any(key => key.NotBefore > now)
                    ? new($"{name} 密钥尚未起签", $"no {name} key signs yet")
                    : new($"没有可用的 {name} 密钥", $"no {name} key may sign");
            }
            else if (keys.Max(key => key.SigningEnds) < now + (WarnedDays * Day))
            {
                yield return new($"最后一个 {name} 密钥于 {TrustText.Time(keys.Max(key => key.SigningEnds))} 停签，没有接续的", $"the last {name} key ends signing {TrustText.Time(keys.Max(key => key.SigningEnds))}, and none follows");
            }
        }

        foreach (var der in region.CertificateAuthorities)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
            if (new DateTimeOffset(certificate.NotAfter).ToUnixTimeSeconds() < now + (WarnedDays * Day))
            {
                yield return new($"CA {certificate.Subject} 于 {TrustText.Time(new DateTimeOffset(certificate.NotAfter).ToUnixTimeSeconds())} 到期", $"authority {certificate.Subject} ends {TrustText.Time(new DateTimeOffset(certificate.NotAfter).ToUnixTimeSeconds())}");
            }
        }
    }

    private static IEnumerable<LocalizedText> FindBetween(TrustedRegion before, TrustedRegion after, long now)
    {
        var known = before.Keys.ToDictionary(key => key.Key);
        foreach (var key in after.Keys.Where(key => !known.ContainsKey(key.Key) && key.NotBefore < now + PublishedBefore))
        {
            yield return new(
                $"新密钥 {key.Key.Id} 起签太早：节点在公布后五个刷新间隔内不会用它", $"new key {key.Key.Id} begins too soon: nodes don't use it within five refresh intervals of its publication");
        }

        foreach (var key in before.Keys.Where(key => !after.Keys.Any(other => other.Key.Equals(key.Key)) && key.CompromisedAt is null && key.SigningEnds + TrustedKey.VerifyingGraceSeconds > now))
        {
            yield return new($"密钥 {key.Key.Id} 未停签就被去掉：它签的码会被答为密钥未知", $"key {key.Key.Id} is gone before it ended: its codes become UNKNOWN_KEY");
        }

        foreach (var key in after.Keys.Where(key => known.TryGetValue(key.Key, out var old) && old.CompromisedAt is not null && key.CompromisedAt is null))
        {
            yield return new($"密钥 {key.Key.Id} 曾声明泄露，现在又被信任", $"key {key.Key.Id} was declared stolen, and is trusted again");
        }
    }
}
