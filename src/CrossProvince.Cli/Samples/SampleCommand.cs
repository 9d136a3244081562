using System.CommandLine;
using System.Text;

namespace CrossProvince.Cli.Samples;

/// <summary><c>sample</c>: writes made-up but well-formed licences in the form that <c>licence import</c> reads.</summary>
internal static class SampleCommand
{
    internal static Command Create(Runner runner)
    {
        var holders = new Option<int>("--holders") { HelpName = "N", Description = runner.Say("持证人数", "how many holders"), DefaultValueFactory = _ => 100 };
        holders.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError(runner.Say("--holders 至少为 1。", "--holders is at least 1."));
            }
        });
        var seed = new Option<int>("--seed") { HelpName = "S", Description = runner.Say("随机种子：相同种子得到相同数据", "seed: the same one gives the same data"), DefaultValueFactory = _ => 1 };
        var file = new Option<string>("--out") { HelpName = "FILE", Description = runner.Say("输出文件（JSON Lines）", "file to write (JSON Lines)"), Required = true };
        var command = new Command("sample", runner.Say(
            "生成虚构但格式正确的证照，地区由 --region 指定。", "Makes up well-formed licences of the region that --region names.")) { holders, seed, file };
        runner.Run(command, async (session, parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(file);
            long licences = 0;
            await using (var writer = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" })
            {
                foreach (var line in SampleLicences.Generate(parsed.GetValue(holders), parsed.GetValue(seed), session.Region))
                {
                    await writer.WriteLineAsync(line.AsMemory(), cancellationToken);
                    licences++;
                }
            }

            await session.Error.WriteLineAsync(session.Say($"已写入 {licences} 份证照：{path}", $"{licences} licences written to {path}"));
            return ExitCode.Done;
        });
        return command;
    }
}
