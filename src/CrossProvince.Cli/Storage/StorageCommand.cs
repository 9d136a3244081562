using System.CommandLine;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage.Sealing;

namespace CrossProvince.Cli.Storage;

/// <summary><c>storage</c>: the keys by which a node's database is sealed.</summary>
internal static class StorageCommand
{
    private static readonly TimeSpan s_reportInterval = TimeSpan.FromSeconds(2);

    internal static Command Create(Runner runner, GlobalOptions options) =>
        new("storage", runner.Say("节点数据库的密钥：个人信息在库中加密存放。", "The keys of a node's database, in which what names a person is sealed."))
        {
            NewKey(runner),
            Keys(runner, options),
            Rewrap(runner, options),
            Licence(runner, options),
        };

    private static Command NewKey(Runner runner)
    {
        var file = new Option<string>("--file") { HelpName = "FILE", Description = runner.Say("密钥文件；不存在时新建，仅本用户可读", "key file; a new one is made where there is none, readable by its user only"), Required = true };
        var id = new Option<string?>("--id") { HelpName = "ID", Description = runner.Say("密钥名称，默认取下一个序号", "name of the key; the next number if left out") };
        var lookUp = new Option<bool>("--look-up") { Description = runner.Say("加入检索密钥而不是数据密钥", "adds a look-up key instead of a data key") };
        var current = new Option<bool>("--current") { Description = runner.Say("立即设为当前密钥（仅在只有一个节点时）", "makes it the current one at once (where there is one node only)") };
        var useSm = new Option<bool>("--sm") { Description = runner.Say("使用 SM4-GCM 与 HMAC-SM3", "works with SM4-GCM and HMAC-SM3") };
        var command = new Command("new-key", runner.Say("新建密钥文件，或向其中加入一个密钥。", "Makes a key file, or adds a key to one.")) { file, id, lookUp, current, useSm };
        runner.Run(command, async (session, parsed, _) =>
        {
            var (path, isLookUp, isCurrent) = (parsed.GetRequiredValue(file), parsed.GetValue(lookUp), parsed.GetValue(current));
            var isNew = !File.Exists(path);
            var made = Configured(() => StorageMaintenance.NewKey(new NewStorageKey(path) { Id = parsed.GetValue(id), IsLookUp = isLookUp, MakeCurrent = isCurrent, UseSm = parsed.GetValue(useSm) }));
            await session.Error.WriteLineAsync(isNew
                ? session.Say(
                    $"已新建 {path}。请另行备份，且不要与数据库备份放在一起：没有它，任何人都无法读取库中的证照。",
                    $"{path} was made. Keep a copy of it, apart from copies of the database: without it nobody can read the licences there.")
                : session.Say(
                    $"已在 {path} 中加入{(isLookUp ? "检索" : "数据")}密钥 {made}。{(isCurrent ? "请重新启动节点，再运行 storage rewrap。" : "请先让每个节点以此文件重新启动，再将 current 移到该行并再次重新启动，然后运行 storage rewrap。")}",
                    $"{(isLookUp ? "Look-up" : "Data")} key {made} was added to {path}. {(isCurrent ? "Start the node again, then run storage rewrap." : "Start every node again with this file; then move the word current to its line and start them again; then run storage rewrap.")}"));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Keys(Runner runner, GlobalOptions options)
    {
        var command = new Command("keys", runner.Say(
            "列出密钥文件与数据库中的密钥（不含密钥本身）；其余参数是节点的配置，与 node 相同。",
            "Lists the keys of the key file and of the database, without the keys themselves; all other arguments are the node's configuration, as for node."))
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        runner.Run(command, async (session, parsed, _) =>
        {
            var keys = await ConfiguredAsync(session, () => StorageMaintenance.ListKeysAsync(options.NodeConfiguration(parsed)));
            if (keys is null)
            {
                return ExitCode.NoDecision;
            }

            if (session.Json)
            {
                foreach (var key in keys)
                {
                    await session.Out.WriteLineAsync(ResultJson.Of(key));
                }
            }
            else
            {
                session.Screen.Write(Words.Table(
                    [session.Say("用途", "purpose"), session.Say("名称", "id"), session.Say("算法", "algorithm"), session.Say("当前", "current"), session.Say("状态", "state")],
                    keys.Select(key => new[] { key.Purpose, key.Id, key.IsInFile ? key.Algorithm : session.Say("不在文件中", "not in the file"), key.IsCurrent ? "*" : "", key.State })));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command Rewrap(Runner runner, GlobalOptions options)
    {
        var stopped = new Option<bool>("--nodes-stopped") { Description = runner.Say("所有节点均已停止，允许使用尚无节点用过的密钥", "all nodes are stopped: a key may be used that no node has started with") };
        var command = new Command("rewrap", runner.Say(
            "将其他密钥加密的内容改用当前密钥，节点可同时运行；中断后再次运行即可继续。其余参数是节点的配置，与 node 相同。",
            "Seals anew, by the current keys, what other keys have sealed, while nodes run; interrupted, it is run again. All other arguments are the node's configuration, as for node."))
        {
            stopped,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        runner.Run(command, async (session, parsed, cancellationToken) =>
        {
            var last = Stopwatch.GetTimestamp();
            void Tell(RewrapReport done)
            {
                if (Stopwatch.GetElapsedTime(last) >= s_reportInterval)
                {
                    last = Stopwatch.GetTimestamp();
                    session.Error.WriteLine(session.Say($"已查看 {Number(done.Looked)} 份证照，改用当前密钥 {Number(done.Rewrapped)} 份", $"{Number(done.Looked)} licences looked at, {Number(done.Rewrapped)} sealed anew"));
                }
            }

            var report = await ConfiguredAsync(
                session, () => StorageMaintenance.RewrapAsync(options.NodeConfiguration(parsed), parsed.GetValue(stopped), Tell, cancellationToken));
            if (report is null)
            {
                return ExitCode.NoDecision;
            }

            await ShowAsync(session, report);
            return report.Unreadable == 0 ? ExitCode.Done : ExitCode.Refused;
        });
        return command;
    }

    private static Command Licence(Runner runner, GlobalOptions options)
    {
        var list = new Option<int>("--list") { HelpName = "N", Description = runner.Say("状态表编号", "number of the list"), Required = true };
        var index = new Option<int>("--index") { HelpName = "N", Description = runner.Say("在表中的位置", "place in it"), Required = true };
        var command = new Command("licence", runner.Say(
            "由状态表中的位置查证照标识；其余参数是节点的配置，与 node 相同。", "Says which licence stands at a place of the lists; all other arguments are the node's configuration, as for node."))
        {
            list,
            index,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        runner.Run(command, async (session, parsed, _) =>
        {
            var (number, place) = (parsed.GetValue(list), parsed.GetValue(index));
            var found = await ConfiguredAsync(session, async () => await StorageMaintenance.FindLicenceAsync(options.NodeConfiguration(parsed), number, place) ?? "");
            switch (found)
            {
                case null:
                    return ExitCode.NoDecision;
                case "":
                    throw new UsageException($"状态表 {number} 的位置 {place} 没有分配给任何证照。", $"Place {place} of list {number} was given to no licence.");
                default:
                    await session.Out.WriteLineAsync(session.Json ? ResultJson.Of(new { licenceId = found }) : found);
                    return ExitCode.Done;
            }
        });
        return command;
    }

    private static async Task ShowAsync(Session session, RewrapReport report)
    {
        if (session.Json)
        {
            await session.Out.WriteLineAsync(ResultJson.Of(report));
            return;
        }

        await session.Out.WriteLineAsync(session.Say(
            $"共 {Number(report.Looked)} 份证照，改用当前密钥 {Number(report.Rewrapped)} 份。", $"{Number(report.Looked)} licences, {Number(report.Rewrapped)} of them sealed anew."));
        foreach (var problem in report.Problems)
        {
            await session.Error.WriteLineAsync(problem);
        }

        if (report.Unreadable > 0)
        {
            await session.Error.WriteLineAsync(session.Say(
                $"{Number(report.Unreadable)} 份证照无法打开，仍需要 {string.Join("、", report.StillNeeded)}。", $"{Number(report.Unreadable)} licences cannot be opened; {string.Join(", ", report.StillNeeded)} must stay in the key file."));
        }

        foreach (var key in report.Unused)
        {
            await session.Out.WriteLineAsync(session.Say(
                $"{key}：已没有任何一行使用，可从各节点的密钥文件中删除；请与此前的备份一同保存。", $"{key}: no row needs it any more. It may be removed from the key file of every node; keep it with the backups of before."));
        }
    }

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static T Configured<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (ConfigurationException e)
        {
            throw new UsageException($"无法进行：{e.Message}", $"It cannot be done. {e.Message}");
        }
    }

    /// <returns>Null when the database failed, which has been said.</returns>
    private static async Task<T?> ConfiguredAsync<T>(Session session, Func<Task<T>> work)
        where T : class
    {
        try
        {
            return await work();
        }
        catch (ConfigurationException e)
        {
            throw new UsageException($"无法进行：{e.Message}", $"It cannot be done. {e.Message}");
        }
        catch (Exception e) when (e is DbException or TimeoutException or StorageMaintenanceException)
        {
            await session.Error.WriteLineAsync(session.Say($"未能完成：{e.Message}", $"It could not be finished: {e.Message}"));
            return null;
        }
    }
}
