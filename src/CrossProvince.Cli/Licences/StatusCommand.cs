using System.CommandLine;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Licences.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Spectre.Console;

namespace CrossProvince.Cli.Licences;

/// <summary><c>licence status [ID…]</c>: changes the status of licences from the arguments, else from standard input, one a line.</summary>
internal static class StatusCommand
{
    /// <summary>Changes of one question, and so of one transaction.</summary>
    private const int AtOnce = 1_000;

    internal static Command Create(Runner runner, string sampleRole)
    {
        var ids = new Argument<string[]>("ID")
        {
            Description = runner.Say("证照标识；不给则从标准输入逐行读取", "licence identifiers; without any they are read from standard input, one a line"),
            Arity = ArgumentArity.ZeroOrMore,
        };
        var set = new Option<string>("--set") { HelpName = "STATUS", Description = runner.Say("新状态", "the new status"), Required = true };
        set.AcceptOnlyFromAmong([.. StatusNames.All]);
        var reason = new Option<string>("--reason") { HelpName = "TEXT", Description = runner.Say("原因", "why"), Required = true };
        var effective = new Option<DateTimeOffset?>("--effective-at")
        {
            HelpName = "TIME",
            Description = runner.Say("生效时间（ISO 8601），不晚于现在", "from when (ISO 8601), not in the future"),
        };
        var command = new Command("status", runner.Say("变更证照的状态。", "Changes the status of licences.")) { ids, set, reason, effective };
        runner.Run(command, async (session, parsed, cancellationToken) =>
        {
            var change = new ChangeStatusRequest
            {
                Status = StatusNames.Parse(parsed.GetRequiredValue(set)),
                Reason = parsed.GetRequiredValue(reason),
                EffectiveAt = parsed.GetValue(effective) is { } time ? Timestamp.FromDateTimeOffset(time) : null,
            };
            var licences = session.Connect(sampleRole).Licences;
            var given = parsed.GetValue(ids) ?? [];
            return given.Length == 1
                ? await ChangeOneAsync(session, licences, Of(change, CheckedLicenceId.Read(session, given[0])), cancellationToken)
                : await ChangeManyAsync(session, licences, change, given.Length > 0 ? given.ToAsyncEnumerable() : StandardInput(cancellationToken), cancellationToken);
        });
        return command;
    }

    private static async Task<ExitCode> ChangeOneAsync(
        Session session, LicenceService.LicenceServiceClient licences, ChangeStatusRequest request, CancellationToken cancellationToken)
    {
        var response = await licences.ChangeStatusAsync(request, cancellationToken: cancellationToken);
        if (session.Json)
        {
            session.WriteJson(response);
            return ExitCode.Done;
        }

        await session.Out.WriteLineAsync(response.Changed
            ? session.Say($"已变更，序号 {response.Seq}，{Words.Time(response.Time)}", $"Changed: number {response.Seq} of {Words.Time(response.Time)}")
            : session.Say($"状态原已如此，见序号 {response.Seq}", $"It stood so already, since number {response.Seq}"));
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ChangeManyAsync(
        Session session, LicenceService.LicenceServiceClient licences, ChangeStatusRequest change, IAsyncEnumerable<string> ids, CancellationToken cancellationToken)
    {
        var (changed, unchanged, refused, last, outcome) = (0, 0, 0, 0L, ExitCode.Done);
        try
        {
            await foreach (var some in ids.Chunk(AtOnce).WithCancellation(cancellationToken))
            {
                var request = new ChangeStatusBatchRequest { Requests = { some.Select(id => Of(change, id)) } };
                var response = await licences.ChangeStatusBatchAsync(request, cancellationToken: cancellationToken);
                foreach (var (id, result) in some.Zip(response.Results))
                {
                    outcome = ExitCodes.Worse(outcome, Report(session, id, result));
                    (changed, unchanged, refused) = result.Error is not null ? (changed, unchanged, refused + 1)
                        : result.Change.Changed ? (changed + 1, unchanged, refused)
                        : (changed, unchanged + 1, refused);
                    last = Math.Max(last, result.Change?.Seq ?? 0);
                }
            }
        }
        catch (NodeException) when (changed + unchanged + refused > 0)
        {
            await session.Error.WriteLineAsync(session.Say(
                $"变更中断：已处理 {changed + unchanged + refused} 份并落盘。重新执行即可，已变更的不会再变。",
                $"The changes broke off: {changed + unchanged + refused} are dealt with and durable. Run the same again; what is changed already does not change twice."));
            throw;
        }

        if (changed + unchanged + refused == 0)
        {
            throw new UsageException("没有给出证照标识。", "No licence was given.");
        }

        if (!session.Json)
        {
            await session.Out.WriteLineAsync(session.Say(
                $"变更 {changed}，原已如此 {unchanged}，拒绝 {refused}；最后序号 {last}",
                $"{changed} changed, {unchanged} stood so already, {refused} refused; last number {last}"));
        }

        return outcome;
    }

    private static ExitCode Report(Session session, string id, ChangeStatusResult result)
    {
        if (session.Json)
        {
            session.WriteJson(result);
        }

        if (result.Error is not { } error)
        {
            return ExitCode.Done;
        }

        session.Progress.MarkupLine($"[red]{Words.Plain(id)}:[/] {Words.Plain(session.Say(error.MessageZh, error.Message))}");
        return ExitCodes.Of((StatusCode)error.Code);
    }

    private static ChangeStatusRequest Of(ChangeStatusRequest change, string id)
    {
        var one = change.Clone();
        one.LicenceId = id;
        return one;
    }

    private static async IAsyncEnumerable<string> StandardInput([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return line.Trim();
            }
        }
    }
}
