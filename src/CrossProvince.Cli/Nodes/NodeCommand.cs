using System.CommandLine;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Cli.Nodes;

/// <summary><c>node</c>: runs one node in this process; its configuration is that of the service.</summary>
internal static class NodeCommand
{
    internal static Command Create(Language language)
    {
        var command = new Command("node", language.Say(
            "运行一个节点；其余参数是它的配置，例如 --Region 110000 --Listen:Api https://127.0.0.1:7443。",
            "Runs one node; all other arguments are its configuration, such as --Region 110000 --Listen:Api https://127.0.0.1:7443."))
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        command.SetAction((parsed, cancellationToken) => Node.RunAsync([.. parsed.UnmatchedTokens], cancellationToken));
        return command;
    }
}
