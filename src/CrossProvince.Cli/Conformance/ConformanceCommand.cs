using System.CommandLine;
using System.Net.Sockets;
using CrossProvince.Cli.Certs;
using CrossProvince.Cli.Trust;
using CrossProvince.Client.Connecting;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using Grpc.Core;
using Spectre.Console;

namespace CrossProvince.Cli.Conformance;

/// <summary><c>conformance</c>: looks at a node from outside and says where it does not keep what the contract promises (docs/partners/conformance.md).</summary>
internal static class ConformanceCommand
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    internal static Command Create(Runner runner)
    {
        var peer = new Option<string?>("--peer") { HelpName = "DIR", Description = runner.Say("另一地区节点的身份目录", "identity directory of a node of another region") };
        var trust = new Option<string?>("--trust") { HelpName = "FILE", Description = runner.Say("信任列表", "trust list") };
        var roots = new Option<string[]>("--roots") { HelpName = "PUB.PEM", Description = runner.Say("根公钥，至少两个", "public root keys, at least two"), AllowMultipleArgumentsPerToken = true };
        var code = new Option<string?>("--code") { HelpName = "CODE", Description = runner.Say("刚制作的亮证码；会被核验并消费", "a code made a moment ago; it is verified, and used") };
        var watch = CountOption.Create(runner, "--watch", runner.Say("观察状态流多久，秒", "how long the stream is watched, seconds"), 5, 1, 3600);
        var slack = CountOption.Create(runner, "--slack", runner.Say("允许比承诺迟到多久，秒", "how much later than promised something may come, seconds"), 1, 0, 600);
        var limits = new Option<bool>("--limits") { Description = runner.Say("也试探限额：发送请求直至被拒，均会留下记录", "also tries the rate limit: asks until it is refused, and all of it is recorded") };
        var catalogue = CatalogueDirectory.Option();
        var command = new Command("conformance", runner.Say("从外部检查一个节点是否遵守约定。", "Checks from outside whether a node keeps the contract.")) { peer, trust, roots, code, watch, slack, limits, catalogue };
        runner.Run(command, async (session, parsed, cancellationToken) =>
        {
            using var identities = new Identities(session);
            using var target = identities.Target(
                parsed.GetValue(peer), parsed.GetValue(trust), parsed.GetValue(roots) ?? [], parsed.GetRequiredValue(catalogue), parsed.GetValue(code), parsed.GetValue(limits),
                TimeSpan.FromSeconds(parsed.GetValue(watch)), TimeSpan.FromSeconds(parsed.GetValue(slack)));
            return await RunAsync(session, target, cancellationToken);
        });
        return command;
    }

    /// <summary>All checks, in the order of the table.</summary>
    internal static IReadOnlyList<Check> Checks(Target target) =>
        [.. IdentityChecks.Of(target), .. ServiceChecks.Of(target), .. VerifyingChecks.Of(target), .. IndexChecks.Of(target), .. FeedChecks.Of(target), .. LimitChecks.Of(target)];

    private static async Task<ExitCode> RunAsync(Session session, Target target, CancellationToken cancellationToken)
    {
        await ReachAsync(target.Node, cancellationToken);
        var rows = new List<(Check Check, Finding Finding)>();
        foreach (var check in Checks(target))
        {
            var finding = await RunAsync(check, target, cancellationToken);
            rows.Add((check, finding));
            if (session.Json)
            {
                session.Out.WriteLine(ResultJson.Of(new
                {
                    check.Id,
                    What = session.Language.Say(check.What),
                    check.Clause,
                    check.Expected,
                    finding.Seen,
                    Outcome = NameOf(finding.Outcome),
                }));
            }
        }

        if (!session.Json)
        {
            Show(session, rows);
        }

        var counts = rows.CountBy(row => row.Finding.Outcome).ToDictionary();
        int Count(Outcome outcome) => counts.GetValueOrDefault(outcome);
        await session.Error.WriteLineAsync(session.Say(
            $"通过 {Count(Outcome.Pass)} 项，不符 {Count(Outcome.Fail)} 项，跳过 {Count(Outcome.Skipped)} 项。", $"{Count(Outcome.Pass)} passed, {Count(Outcome.Fail)} failed, {Count(Outcome.Skipped)} skipped."));
        return Count(Outcome.Fail) > 0 ? ExitCode.Refused : ExitCode.Done;
    }

    private static async Task<Finding> RunAsync(Check check, Target target, CancellationToken cancellationToken)
    {
        if ((check.Needs & ~target.Has) is var missing and not Need.Nothing)
        {
            return Finding.Skip("without " + string.Join(", ", Enum.GetValues<Need>().Where(need => need != Need.Nothing && missing.HasFlag(need)).Select(OptionFor)));
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience + target.Watch + target.Slack);
        try
        {
            return await check.Run(patience.Token);
        }
        catch (RpcException e)
        {
            return Finding.Of(false, $"{ErrorForm.Name(e.StatusCode)}: {e.Status.Detail}");
        }
        catch (StatusDocumentException e)
        {
            return Finding.Of(false, e.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or System.Security.Authentication.AuthenticationException)
        {
            return Finding.Of(false, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Finding.Of(false, "no answer in time");
        }
    }

    /// <summary>Whether anyone listens; without that there is nothing to check.</summary>
    private static async Task ReachAsync(Uri node, CancellationToken cancellationToken)
    {
        using var tcp = new TcpClient();
        try
        {
            await tcp.ConnectAsync(node.Host, node.Port, cancellationToken);
        }
        catch (SocketException e)
        {
            throw new NodeException(NodeFailure.Unreachable, StatusCode.Unavailable, null, new LocalizedText($"无法连接节点 {node}（{e.Message}）。", $"There is no connection to {node} ({e.Message})."), cause: e);
        }
    }

    private static void Show(Session session, IReadOnlyList<(Check Check, Finding Finding)> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("");
        foreach (var column in new[] { session.Say("检查", "Check"), session.Say("内容", "What"), session.Say("应当", "Expected"), session.Say("所见", "Seen"), session.Say("依据", "Clause") })
        {
            table.AddColumn(new TableColumn(Words.Plain(column)));
        }

        foreach (var (check, finding) in rows)
        {
            var colour = finding.Outcome switch { Outcome.Pass => "green", Outcome.Fail => "red", _ => "yellow" };
            table.AddRow([$"[{colour}]{NameOf(finding.Outcome)}[/]", .. new[] { check.Id, session.Language.Say(check.What), check.Expected, finding.Seen, check.Clause }.Select(Words.Plain)]);
        }

        session.Screen.Write(table);
    }

    private static string NameOf(Outcome outcome) => outcome switch { Outcome.Pass => "pass", Outcome.Fail => "fail", _ => "skipped" };

    private static string OptionFor(Need need) => need switch
    {
        Need.Verifier => "--identity of a verifier of the region",
        Need.Peer => "--peer",
        Need.Trust => "--trust and --roots",
        Need.Code => "--code",
        Need.Flood => "--limits",
        _ => throw new ArgumentOutOfRangeException(nameof(need), need, null),
    };

    /// <summary>Whom to call as: what was named, and for a node in Development the samples.</summary>
    private sealed class Identities(Session session) : IDisposable
    {
        private readonly List<NodeIdentity> _loaded = [];

        internal Target Target(string? peer, string? trust, string[] roots, string catalogue, string? code, bool limits, TimeSpan watch, TimeSpan slack)
        {
            var (identity, region) = (session.IdentityDirectory("verifier"), session.Region);
            if (session.UsesSamples && peer is null && trust is null)
            {
                var samples = Path.Combine(AppContext.BaseDirectory, "certs-sample");
                peer = Path.Combine(samples, region == new RegionCode(120000) ? "110000" : "120000", "node");
                trust = Path.Combine(samples, "trust-list.cose");
                roots = [.. Enumerable.Range(1, 3).Select(i => Path.Combine(samples, "roots", $"root-{i}.pub.pem"))];
            }

            var verifier = identity is null ? null : Load(identity);
            var other = peer is null ? null : Load(peer);
            Require(verifier is null || (verifier.Name.Region == region && verifier.Name.Role == PartyName.Verifier), $"--identity 须为地区 {region} 核验方的身份。", $"--identity must be that of a verifier of region {region}.");
            Require(other is null || (other.Name.Region != region && other.Name.Role == PartyName.Node), $"--peer 须为另一地区节点的身份。", "--peer must be the identity of a node of another region.");
            return new Target
            {
                Node = session.Node,
                Region = region,
                Nobody = Probe.AsNobody(session.Node),
                Impostor = Probe.AsImpostor(session.Node, new PartyName(region, PartyName.Verifier, verifier?.Name.Organisation ?? "91110000802100433B")),
                Verifier = verifier is null ? null : Probe.As(session.Node, verifier),
                Peer = other is null ? null : Probe.As(session.Node, other),
                Trust = trust is null ? null : Read(trust, roots),
                Catalogue = CatalogueDirectory.Read(catalogue),
                Code = code,
                MayFlood = limits,
                Watch = watch,
                Slack = slack,
            };
        }

        public void Dispose()
        {
            foreach (var identity in _loaded)
            {
                identity.Dispose();
            }
        }

        private NodeIdentity Load(string directory)
        {
            var identity = NodeIdentity.Load(directory);
            _loaded.Add(identity);
            return identity;
        }

        private static TrustList Read(string file, string[] roots)
        {
            try
            {
                return TrustListDocument.Open(File.ReadAllBytes(file), new TrustRoots([.. roots.Select(SigningKeyFiles.ReadPublic)]));
            }
            catch (TrustListException e)
            {
                throw new UsageException($"信任列表无效：{e.Message}", e.Message);
            }
        }

        private static void Require(bool holds, string zh, string en)
        {
            if (!holds)
            {
                throw new UsageException(zh, en);
            }
        }
    }
}
