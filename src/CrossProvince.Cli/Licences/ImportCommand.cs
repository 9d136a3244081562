using System.CommandLine;
using CrossProvince.Contracts.Licences.V1;
using Spectre.Console;

namespace CrossProvince.Cli.Licences;

/// <summary><c>licence import FILE</c>: imports JSON Lines; bad lines are refused by number and reason, good ones kept.</summary>
internal static class ImportCommand
{
    internal static Command Create(Runner runner, string sampleRole)
    {
        var file = new Argument<string>("FILE") { Description = runner.Say("JSON Lines 文件；- 为标准输入", "JSON Lines file; - is standard input") };
        var command = new Command("import", runner.Say("导入证照。", "Imports licences.")) { file };
        runner.Run(command, async (session, parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(file);
            await using var stream = Open(path);
            using var call = session.Connect(sampleRole).Licences.ImportLicences(cancellationToken: cancellationToken);
            var import = new LicenceImport(call, line => session.Progress.MarkupLine(
                $"[red]{session.Say($"第 {line.LineNumber} 行：", $"line {line.LineNumber}:")}[/] {Words.Plain(line.Field.Length > 0 ? $"{line.Field}: {line.Reason}" : line.Reason)}"));
            try
            {
                await ShowingProgressAsync(session, stream, sent => import.RunAsync(ImportFile.ReadAsync(stream, session.Language, cancellationToken), sent, cancellationToken));
            }
            catch (Exception) when (import.Total is { Lines: > 0 } stored)
            {
                await session.Error.WriteLineAsync(session.Say(
                    $"导入中断：已处理 {stored.Lines} 行并落盘。重新导入同一文件即可，已入库的行不会改变。",
                    $"The import broke off: {stored.Lines} lines are dealt with and durable. Import the same file again; lines already stored change nothing."));
                throw;
            }

            var total = import.Total;
            Report(session, total);
            return total.RefusedCount > 0 ? ExitCode.BadInput : ExitCode.Done;
        });
        return command;
    }

    private static void Report(Session session, ImportLicencesResponse total)
    {
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
