using System.CommandLine;
using CrossProvince.Core.Identifiers;

namespace CrossProvince.Cli;

/// <summary>The options that every verb takes.</summary>
internal sealed class GlobalOptions
{
    internal GlobalOptions(Language language)
    {
        Node = new Option<Uri>("--node")
        {
            Description = language.Say("节点的 API 地址", "API address of the node"),
            HelpName = "URL",
            Recursive = true,
            DefaultValueFactory = _ => new Uri("https://127.0.0.1:7443"),
            CustomParser = result =>
            {
                if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var node) && node.Scheme == Uri.UriSchemeHttps)
                {
                    return node;
                }

                result.AddError(language.Say($"--node {result.Tokens[0].Value} 不是 https 地址。", $"--node {result.Tokens[0].Value} is not an https address."));
                return null;
            },
        };
        Identity = new Option<string?>("--identity")
        {
            Description = language.Say("身份目录：cert.pem、key.pem、ca.pem", "identity directory: cert.pem, key.pem, ca.pem"),
            HelpName = "DIR",
            Recursive = true,
        };
        Region = new Option<RegionCode>("--region")
        {
            Description = language.Say("使用哪个地区的样例身份；样例数据的地区", "region whose sample identity is used; region of sample data"),
            HelpName = "CODE",
            Recursive = true,
            DefaultValueFactory = _ => new RegionCode(110000),
            CustomParser = result =>
            {
                if (!RegionCode.TryParse(result.Tokens[0].Value, out var region))
                {
                    result.AddError(language.Say(
                        $"--region {result.Tokens[0].Value} 不是六位地区代码。", $"--region {result.Tokens[0].Value} is not a region code of six digits."));
                }

                return region;
            },
        };
        Json = new Option<bool>("--json")
        {
            Description = language.Say("标准输出每个结果一个 JSON 对象", "one JSON object per result on standard output"),
            Recursive = true,
        };
        Lang = new Option<string>("--lang")
        {
            Description = language.Say("文字语言", "language of words on screen"),
            HelpName = "zh|en",
            Recursive = true,
            DefaultValueFactory = _ => language.Say("zh", "en"),
        };
        Lang.AcceptOnlyFromAmong("zh", "en");
    }

    /// <summary>The node's configuration that stands among the arguments of a verb which takes it; <c>--region</c> is a setting as well.</summary>
    internal string[] NodeConfiguration(ParseResult parsed) =>
        parsed.GetResult(Region) is { Implicit: false } ? [.. parsed.UnmatchedTokens, "--Region", parsed.GetValue(Region).ToString()] : [.. parsed.UnmatchedTokens];

    internal Option<Uri> Node { get; }

    internal Option<string?> Identity { get; }

    internal Option<RegionCode> Region { get; }

    internal Option<bool> Json { get; }

    internal Option<string> Lang { get; }
}
