using System.CommandLine;
using System.Text;
using CrossProvince.Cli.Trust;

namespace CrossProvince.Cli.Samples;

/// <summary><c>sample</c>: writes made-up but well-formed licences in the form that <c>licence import</c> reads.</summary>
internal static class SampleCommand
{
    internal static Command Create(Runner runner)
    {
        var holders = CountOption.Create(runner, "--holders", runner.Say("持证人数", "how many holders"), 100);
        var seed = CountOption.Create(runner, "--seed", runner.Say("随机种子：相同种子得到相同数据", "seed: the same one gives the same data"), 1, int.MinValue);
        var file = new Option<string>("--out") { HelpName = "FILE", Description = runner.Say("输出文件（JSON Lines）", "file to write (JSON Lines)"), Required = true };
        var catalogue = CatalogueDirectory.Option();
        var command = new Command("sample", runner.Say(
            "生成虚构但格式正确的证照，地区由 --region 指定。", "Makes up well-formed licences of the region that --region names.")) { holders, seed, file, catalogue };
        runner.Run(command, async (session, parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(file);
            var samples = new SampleLicences(CatalogueDirectory.Read(parsed.GetRequiredValue(catalogue)));
            long licences = 0;
            await using (var writer = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" })
            {
                foreach (var line in samples.Generate(parsed.GetValue(holders), parsed.GetValue(seed), session.Region))
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
