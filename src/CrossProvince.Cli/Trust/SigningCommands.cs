using System.CommandLine;
using CrossProvince.Cli.Certs;
using CrossProvince.Core.Signatures;

namespace CrossProvince.Cli.Trust;

/// <summary><c>trust sign|assemble</c>: each root signs where its key is kept; the copies are put together anywhere.</summary>
internal static class SigningCommands
{
    internal static Command CreateSign()
    {
        var file = TrustOptions.File();
        var root = new Option<string>("--root") { Description = "根私钥 · private root key", HelpName = "KEY.PEM", Required = true };
        var inForce = TrustOptions.InForce();
        var roots = TrustOptions.Roots(required: false);
        var output = TrustOptions.Out();
        var force = TrustOptions.Force();
        var command = new Command("sign", "以一个根签署草稿，或加上这个根的签名；信任列表和根的更替都可以 · signs a draft with one root, or adds its signature; of a trust list or a change of roots")
        {
            file, root, inForce, roots, output, force,
        };
        command.SetAction(parsed =>
        {
            var paper = TrustPaper.Read(parsed.GetRequiredValue(file));
            var signer = SigningKeyFiles.ReadPrivate(parsed.GetRequiredValue(root));
            if (paper.List?.Regions.SelectMany(region => region.Keys).Any(key => key.Key.Equals(signer.PublicKey)) == true)
            {
                throw new UsageException($"{signer.PublicKey.Id} 是某地区的签名密钥，不是根。", $"{signer.PublicKey.Id} is a region's signing key, not a root.");
            }

            if (paper.WhoSigned([signer.PublicKey]).Count > 0)
            {
                throw new UsageException($"{paper.Path} 已有根 {signer.PublicKey.Id} 的签名。", $"{paper.Path} has the signature of root {signer.PublicKey.Id} already.");
            }

            var language = Certs.ParsedLanguage.Language(parsed);
            if (paper.List is { } list && parsed.GetValue(inForce) is { } before)
            {
                var old = TrustPaper.Open(before, TrustPaper.ReadRoots(parsed.GetValue(roots)!), out _);
                TrustText.WriteChanges(TrustChanges.Between(old, list), parsed.InvocationConfiguration.Error, language);
            }

            new OutputFiles(parsed.GetValue(force)).WritePublic(parsed.GetRequiredValue(output), paper.Sign(signer));
            var (zh, en) = TrustText.Name(paper);
            parsed.Say($"已加上根 {signer.PublicKey.Id} 对{zh}的签名，摘要 {paper.Digest}。", $"Added the signature of root {signer.PublicKey.Id} to {en}, digest {paper.Digest}.");
        });
        return command;
    }

    internal static Command CreateAssemble()
    {
        var parts = new Argument<string[]>("parts") { Description = "各根签过的同一文件 · the same file as each root has signed it", HelpName = "SIGNED", Arity = ArgumentArity.OneOrMore };
        var output = TrustOptions.Out();
        var force = TrustOptions.Force();
        var command = new Command("assemble", "把各根的签名合成一个文件 · puts the signatures of all roots into one file") { parts, output, force };
        command.SetAction(parsed =>
        {
            var papers = parsed.GetRequiredValue(parts).Select(TrustPaper.Read).ToList();
            if (papers.Find(paper => !paper.IsSigned) is { } draft)
            {
                throw new UsageException($"{draft.Path} 尚未签署。", $"{draft.Path} is not signed yet.");
            }

            if (papers.Find(paper => !paper.Payload.Span.SequenceEqual(papers[0].Payload.Span)) is { } other)
            {
                throw new UsageException(
                    $"{other.Path}（摘要 {other.Digest}）与 {papers[0].Path}（摘要 {papers[0].Digest}）内容不同：各根签的不是同一份。",
                    $"{other.Path} (digest {other.Digest}) is not the same as {papers[0].Path} (digest {papers[0].Digest}): the roots have signed different things.");
            }

            byte[] combined;
            try
            {
                combined = CoseSign.Combine([.. papers.Select(paper => paper.Bytes)]);
            }
            catch (ArgumentException e)
            {
                throw new UsageException($"不能合成：{e.Message}", $"They can't be put together: {e.Message}");
            }

            new OutputFiles(parsed.GetValue(force)).WritePublic(parsed.GetRequiredValue(output), combined);
            var (zh, en) = TrustText.Name(papers[0]);
            parsed.Say($"已写入 {parsed.GetRequiredValue(output)}：{zh}，摘要 {papers[0].Digest}。", $"Wrote {parsed.GetRequiredValue(output)}: {en}, digest {papers[0].Digest}. Check it next: trust check.");
        });
        return command;
    }
}
