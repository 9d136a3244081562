using System.CommandLine;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Cli.Nodes;

/// <summary><c>node</c>: runs one node in this process; its configuration is that of the service.</summary>
internal static class NodeCommand
{
    internal static Command Create(Language language)
    {
        var stopWithInput = new Option<bool>("--stop-with-input")
        {
            Description = language.Say("标准输入结束时停止：启动它的程序没了，它也不留下", "stops when standard input ends: it does not outlive the program that started it"),
        };
        var command = new Command("node", language.Say(
            "运行一个节点；其余参数是它的配置，例如 --Region 110000 --Listen:Api https://127.0.0.1:7443。",
            "Runs one node; all other arguments are its configuration, such as --Region 110000 --Listen:Api https://127.0.0.1:7443."))
        {
            stopWithInput,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            if (parsed.GetValue(stopWithInput))
            {
                StopWithInput(stop);
            }

            return await Node.RunAsync([.. parsed.UnmatchedTokens], stop.Token);
        });
        return command;
    }

    /// <summary>Stops once standard input has ended.</summary>
    internal static void StopWithInput(CancellationTokenSource stop) => new Thread(() => WaitForEnd(stop)) { IsBackground = true, Name = "standard input" }.Start();

    private static void WaitForEnd(CancellationTokenSource stop)
    {
        while (Console.In.Read() >= 0)
        {
        }

        try
        {
            stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The node has stopped already.
        }
    }
}
