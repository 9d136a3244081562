using CrossProvince.Client.Connecting;

namespace CrossProvince.Cli;

/// <summary>Says on standard error what went wrong.</summary>
internal static class Failures
{
    /// <summary>Writes one message.</summary>
    /// <returns>The exit code.</returns>
    internal static async Task<ExitCode> ReportAsync(Exception failure, Language language, TextWriter error)
    {
        var (text, code) = failure switch
        {
            UsageException usage => (language.Say(usage.Text), ExitCode.BadInput),
            IdentityException identity => (language.Say(identity.Text), ExitCode.BadInput),
            NodeException node => (Words(node, language), ExitCodes.Of(node.StatusCode)),
            IOException or UnauthorizedAccessException => (failure.Message, ExitCode.BadInput),
            OperationCanceledException => (language.Say("已中断。", "Interrupted."), ExitCode.NoDecision),
            _ => (language.Say($"程序出错，请报告：{failure}", $"A defect of this program, please report it: {failure}"), ExitCode.NoDecision),
        };
        await error.WriteLineAsync(text);
        return code;
    }

    /// <summary>What a node's error says, with its field and when to try again.</summary>
    internal static string Words(NodeException failure, Language language)
    {
        var said = language.Say(failure.Text);
        var text = failure.Failure == NodeFailure.Answered ? $"{failure.StatusCode}: {(failure.Field is { } field ? $"{field}: " : "")}{said}" : said;
        return failure.RetryAfter is { } wait
            ? text + language.Say($" 请在 {wait.TotalSeconds:0.#} 秒后重试。", $" Try again in {wait.TotalSeconds:0.#} s.")
            : text;
    }
}
