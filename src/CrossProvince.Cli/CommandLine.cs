using System.CommandLine;
using System.CommandLine.Invocation;
using CrossProvince.Cli.Catalogue;
using CrossProvince.Cli.Certs;
using CrossProvince.Cli.Conformance;
using CrossProvince.Cli.Demo;
using CrossProvince.Cli.Licences;
using CrossProvince.Cli.Nodes;
using CrossProvince.Cli.Presenting;
using CrossProvince.Cli.Samples;
using CrossProvince.Cli.StatusIndex;
using CrossProvince.Cli.Storage;
using CrossProvince.Cli.Trust;
using CrossProvince.Cli.Verifying;

namespace CrossProvince.Cli;

/// <summary>The command line <c>crossprovince</c> (docs/operations.md, "Command line").</summary>
internal static class CommandLine
{
    // Codes and licence identifiers are data: a leading @ names no file, and no letters are split off a word.
    private static readonly ParserConfiguration s_parsing = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    /// <summary>How long a verb that was interrupted may take to put things in order.</summary>
    private static readonly TimeSpan s_termination = TimeSpan.FromSeconds(10);

    /// <summary>Runs one command line.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="configuration">Where output goes; null is the console.</param>
    /// <returns>The exit code, an <see cref="ExitCode"/> for all but <c>node</c>.</returns>
    internal static async Task<int> RunAsync(IReadOnlyList<string> args, InvocationConfiguration? configuration = null)
    {
        var language = Languages.Detect(args, Environment.GetEnvironmentVariable);
        configuration ??= new InvocationConfiguration();
        configuration.EnableDefaultExceptionHandler = false;
        configuration.ProcessTerminationTimeout = s_termination;
        var parsed = Create(language).Parse(args, s_parsing);
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var error in parsed.Errors)
            {
                await configuration.Error.WriteLineAsync(error.Message);
            }

            await configuration.Error.WriteLineAsync(language.Say("用法：加 --help 查看。", "Add --help for usage."));
            return (int)ExitCode.BadInput;
        }

        try
        {
            return await parsed.InvokeAsync(configuration);
        }
        catch (Exception e)
        {
            return (int)await Failures.ReportAsync(e, language, configuration.Error);
        }
    }

    private static RootCommand Create(Language language)
    {
        var options = new GlobalOptions(language);
        var runner = new Runner(options, language);
        return new RootCommand(language.Say("京津冀电子证照跨省互认：亮证与核验。", "Electronic licences recognised across provinces: show them, verify them."))
        {
            options.Node,
            options.Identity,
            options.Region,
            options.Json,
            options.Lang,
            DemoCommand.Create(runner),
            PresentCommand.Create(runner),
            UsesCommand.Create(runner),
            TokenCommand.Create(runner),
            VerifyCommand.Create(runner),
            ReceiptCommand.Create(runner),
            DecodeCommand.Create(runner),
            LicenceCommand.Create(runner),
            AuditCommand.Create(runner, options),
            StorageCommand.Create(runner, options),
            CatalogueCommand.Create(runner),
            SampleCommand.Create(runner),
            NodeCommand.Create(language),
            ConformanceCommand.Create(runner),
            CertsCommand.Create(),
            TrustCommand.Create(),
        };
    }
}
