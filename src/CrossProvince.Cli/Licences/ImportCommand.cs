using System.CommandLine;
using System.Security.Cryptography;
using CrossProvince.Contracts.Licences.V1;
using Spectre.Console;

namespace CrossProvince.Cli.Licences;

/// <summary><c>licence import FILE</c>: imports JSON Lines; bad lines are refused by number and reason, good ones kept. What was broken off is gone on with.</summary>
internal static class ImportCommand
{
    /// <summary>Refused lines that are said one by one; all are in the report.</summary>
    private const int MostSaid = 100;

    internal static Command Create(Runner runner, string sampleRole)
    {
        var file = new Argument<string>("FILE") { Description = runner.Say("JSON Lines 文件；- 为标准输入", "JSON Lines file; - is standard input") };
        var restart = new Option<bool>("--restart") { Description = runner.Say("从第一行开始，不接续中断的导入", "begin at the first line, whatever an earlier run that was broken off has reached") };
        var report = new Option<string?>("--report") { HelpName = "FILE", Description = runner.Say("拒绝行报告；默认为 FILE.refused.jsonl", "report of refused lines; FILE.refused.jsonl if not named") };
        var command = new Command("import", runner.Say("导入证照。", "Imports licences.")) { file, restart, report };
        runner.Run(command, async (session, parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(file);
            var said = 0;
            using var account = new ImportAccount(line => Say(session, line, ++said));
            await using var stream = Open(path);
            var node = session.Connect(sampleRole);
            var reportPath = parsed.GetValue(report) ?? (stream.CanSeek ? path + ".refused.jsonl" : null);
            await BeginAsync(session, account, node.Licences, stream.CanSeek ? path : null, reportPath, parsed.GetValue(restart), cancellationToken);
            if (stream.CanSeek)
            {
                stream.Position = account.Reached.Bytes;
            }

            using var call = ImportMessage.Call(node.Invoker, cancellationToken);
            try
            {
                await ShowingProgressAsync(
                    session, stream, sent => new LicenceImport(call, account).RunAsync(ImportFile.ReadAsync(stream, account.Reached, session.Language, cancellationToken), sent, cancellationToken));
            }
            catch (Exception) when (account.Total is { Lines: > 0 } stored)
            {
                await session.Error.WriteLineAsync(session.Say(
                    $"导入中断：已处理 {stored.Lines} 行并落盘。" + (Keep(session, account) ? $"重新执行同一命令即从第 {account.Reached.Line + 1} 行继续。" : "重新导入同一文件即可，已入库的行不会改变。"),
                    $"The import broke off: {stored.Lines} lines are dealt with and durable. "
                    + (Keep(session, account) ? $"Run the same command again: it goes on at line {account.Reached.Line + 1}." : "Import the same again; lines already stored change nothing.")));
                throw;
            }

            account.Finish();
            Report(session, account.Total, reportPath);
            return account.Total.RefusedCount > 0 ? ExitCode.BadInput : ExitCode.Done;
        });
        return command;
    }

    /// <summary>Looks whether an earlier import of the file was broken off and can be gone on with; of what is no file (path null), nothing is kept.</summary>
    private static async Task BeginAsync(
        Session session, ImportAccount account, LicenceService.LicenceServiceClient licences, string? path, string? report, bool restart, CancellationToken cancellationToken)
    {
        var begin = new ImportProgress { Node = session.Node.AbsoluteUri };
        if (path is not null)
        {
            var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            if (!restart && ImportProgress.Find(path) is { } left)
            {
                if (await FindFaultAsync(session, licences, path, left, hash, cancellationToken) is { } fault)
                {
                    await session.Error.WriteLineAsync(fault);
                    hash.Dispose();
                    hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                }
                else
                {
                    begin = left;
                    await session.Error.WriteLineAsync(session.Say(
                        $"接续中断的导入：前 {left.Line} 行此前已处理，从第 {left.Line + 1} 行继续（--restart 从头开始）。",
                        $"Going on with an import that was broken off: up to line {left.Line} everything was dealt with before (--restart begins at the first line)."));
                }
            }

            account.KeepBeside(path, begin, hash);
        }

        if (report is not null)
        {
            account.Report(new RefusedReport(report, begin.ReportBytes));
        }
    }

    /// <returns>Why an earlier import cannot be gone on with; null when it can.</returns>
    private static async Task<string?> FindFaultAsync(
        Session session, LicenceService.LicenceServiceClient licences, string path, ImportProgress left, IncrementalHash hash, CancellationToken cancellationToken)
    {
        if (left.Node != session.Node.AbsoluteUri)
        {
            return session.Say(
                $"此前中断的导入是向 {left.Node} 进行的：从第一行开始。", $"An import of this file that was broken off went to {left.Node}: beginning at the first line.");
        }

        await using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1))
        {
            if (!left.IsOf(file, hash))
            {
                return session.Say(
                    $"文件的前 {left.Line} 行在导入中断后有改动：从第一行开始；未变的行不会改变。",
                    $"The file was changed in its first {left.Line} lines since an import of it was broken off: beginning at the first line; lines already stored change nothing.");
            }
        }

        if (left.LastSeq == 0)
        {
            return null;
        }

        var change = await licences.ListStatusChangesAsync(new ListStatusChangesRequest { FromSeq = left.LastSeq, PageSize = 1 }, cancellationToken: cancellationToken);
        return change.Changes is [var last, ..] && last.Seq == left.LastSeq && last.Hash.Span.SequenceEqual(left.LastHash)
            ? null
            : session.Say(
                $"节点没有此前导入所到的第 {left.LastSeq} 条变更：其数据库可能由旧备份恢复。从第一行开始。",
                $"The node does not have change {left.LastSeq}, which the import that was broken off had reached: was its database restored from an older backup? Beginning at the first line.");
    }

    private static bool Keep(Session session, ImportAccount account)
    {
        try
        {
            account.Keep();
            return account.IsKept;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or UsageException)
        {
            session.Error.WriteLine(session.Say($"无法保存导入进度：{e.Message}", $"How far the import came can't be kept: {e.Message}"));
            return false;
        }
    }

    private static void Say(Session session, RefusedLine line, int count)
    {
        if (count <= MostSaid)
        {
            session.Progress.MarkupLine(
                $"[red]{session.Say($"第 {line.LineNumber} 行：", $"line {line.LineNumber}:")}[/] {Words.Plain(line.Field.Length > 0 ? $"{line.Field}: {line.Reason}" : line.Reason)}");
        }
        else if (count == MostSaid + 1)
        {
            session.Progress.MarkupLine(Words.Plain(session.Say("其余拒绝行不再逐行显示，见报告。", "Further refused lines are in the report only.")));
        }
    }

    private static void Report(Session session, ImportLicencesResponse total, string? report)
    {
        if (total.RefusedCount > 0 && report is not null)
        {
            session.Error.WriteLine(session.Say(
                $"拒绝的 {total.RefusedCount} 行见 {report}（行号、字段、原因）。改正原文件后重新导入即可，未变的行不会改变。",
                $"The {total.RefusedCount} refused lines are in {report}, by number, field and reason. Mend them in the file and import it again; lines already stored change nothing."));
        }

        if (session.Json)
        {
            session.WriteJson(total);
            return;
        }

        session.Out.WriteLine(session.Say(
            $"共 {total.Lines} 行：新增 {total.Created}，更新 {total.Updated}，未变 {total.Unchanged}，拒绝 {total.RefusedCount}；最后变更序号 {total.LastSeq}",
            $"{total.Lines} lines: {total.Created} new, {total.Updated} changed, {total.Unchanged} unchanged, {total.RefusedCount} refused; last change {total.LastSeq}"));
    }

    private static async Task ShowingProgressAsync(Session session, Stream stream, Func<Action<long>, Task> work)
    {
        if (!session.Progress.Profile.Out.IsTerminal || !stream.CanSeek)
        {
            await work(_ => { });
            return;
        }

        var columns = new ProgressColumn[] { new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new RemainingTimeColumn() };
        await session.Progress.Progress().Columns(columns).StartAsync(async progress =>
        {
            var task = progress.AddTask(session.Say("导入", "Importing"), maxValue: Math.Max(1, stream.Length));
            await work(sent => task.Value = sent);
            task.Value = task.MaxValue;
        });
    }

    private static Stream Open(string path)
    {
        if (path == "-")
        {
            return Console.OpenStandardInput();
        }

        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, useAsync: true);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException($"文件 {path} 不存在。", $"The file {path} does not exist.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"无法读取 {path}：{e.Message}", $"{path} can't be read: {e.Message}");
        }
    }
}
