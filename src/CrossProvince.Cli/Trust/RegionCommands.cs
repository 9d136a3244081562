using System.CommandLine;

namespace CrossProvince.Cli.Trust;

/// <summary><c>trust add-region|change-region|remove-region</c>: the regions of a draft.</summary>
internal static class RegionCommands
{
    internal static Command CreateAdd()
    {
        var draft = TrustOptions.Draft();
        var region = new RegionOptions(isNew: true, required: true);
        var command = new Command("add-region", "在草稿中加入一个地区 · adds a region to a draft") { draft };
        region.AddTo(command);
        command.SetAction(parsed =>
        {
            var list = TrustDrafts.Edit(parsed, draft, list => list.With(regions: [.. list.Regions, region.Make(parsed)]));
            parsed.SayDraft(list, $"已加入地区 {region.Code(parsed)}。", $"Added region {region.Code(parsed)}.");
        });
        return command;
    }

    internal static Command CreateChange()
    {
        var draft = TrustOptions.Draft();
        var region = new RegionOptions(isNew: false, required: true);
        var removed = TrustOptions.Several("--remove-ca", "CERT.PEM", "去掉的 CA 证书 · certificates of authorities to remove");
        var command = new Command("change-region", "更改草稿中的一个地区：名称、地址、CA、角色 · changes a region of a draft: names, endpoint, authorities, roles") { draft, removed };
        region.AddTo(command);
        command.SetAction(parsed =>
        {
            var gone = parsed.GetValue(removed)!.Select(path => (Path: path, Der: RegionOptions.ReadCertificate(path))).ToList();
            var list = TrustDrafts.Edit(parsed, draft, list => list.Change(region.Code(parsed), entry =>
            {
                if (gone.FirstOrDefault(ca => !entry.CertificateAuthorities.Any(der => der.Span.SequenceEqual(ca.Der.Span))) is { Path: { } stranger })
                {
                    throw new UsageException($"地区 {entry.Code} 没有 {stranger} 这个 CA。", $"Region {entry.Code} has no authority {stranger}.");
                }

                var changed = region.Change(parsed, entry);
                return changed with { CertificateAuthorities = [.. changed.CertificateAuthorities.Where(der => !gone.Any(ca => ca.Der.Span.SequenceEqual(der.Span)))] };
            }));
            parsed.SayDraft(list, $"已更改地区 {region.Code(parsed)}。", $"Changed region {region.Code(parsed)}.");
        });
        return command;
    }

    internal static Command CreateRemove()
    {
        var draft = TrustOptions.Draft();
        var region = TrustOptions.Region();
        var command = new Command("remove-region", "从草稿中去掉一个地区：其码和证书此后一律不被承认 · removes a region from a draft: its codes and certificates are no longer trusted") { draft, region };
        command.SetAction(parsed =>
        {
            var code = parsed.ReadRegion(region);
            var list = TrustDrafts.Edit(parsed, draft, list => list.Change(code, entry => entry).With(regions: [.. list.Regions.Where(entry => entry.Code != code)]));
            parsed.SayDraft(list, $"已去掉地区 {code}。", $"Removed region {code}.");
        });
        return command;
    }
}
