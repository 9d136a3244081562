using System.CommandLine;
using CrossProvince.Contracts.Catalogue.V1;
using Google.Protobuf;

namespace CrossProvince.Cli.Catalogue;

/// <summary><c>catalogue types|scenarios|recognitions</c>: what a node recognises, and for what.</summary>
internal static class CatalogueCommand
{
    internal static Command Create(Runner runner) => new("catalogue", runner.Say("列出目录。", "Lists the catalogue."))
    {
        List<LicenceType>(
            runner,
            new Command("types", runner.Say("证照类型。", "Licence types.")),
            async (client, cancellationToken) => (await client.ListLicenceTypesAsync(new(), cancellationToken: cancellationToken)).Types_,
            [runner.Say("序号", "No."), "ID", runner.Say("名称", "Name"), runner.Say("类型代码", "Type code"), runner.Say("来源", "Source")],
            type => [$"{type.Number}", type.Id, Name(type.Names, runner.Language), type.TypeCode, type.CodeSource]),
        List<Scenario>(
            runner,
            new Command("scenarios", runner.Say("应用场景。", "Scenarios.")),
            async (client, cancellationToken) => (await client.ListScenariosAsync(new(), cancellationToken: cancellationToken)).Scenarios,
            [runner.Say("序号", "No."), "ID", runner.Say("名称", "Name"), runner.Say("使用", "Use"), runner.Say("有效秒数", "Seconds"), runner.Say("证照类型", "Licence types")],
            scenario => [$"{scenario.Number}", scenario.Id, Name(scenario.Names, runner.Language), scenario.Use, $"{scenario.LifetimeSeconds}", string.Join(" ", scenario.Types_)]),
        List<Recognition>(
            runner,
            new Command("recognitions", runner.Say("互认。", "Recognitions.")),
            async (client, cancellationToken) => (await client.ListRecognitionsAsync(new(), cancellationToken: cancellationToken)).Recognitions,
            [runner.Say("签发", "From"), runner.Say("使用", "To"), runner.Say("证照类型", "Licence types"), runner.Say("应用场景", "Scenarios")],
            recognition => [recognition.From, recognition.To, string.Join(" ", recognition.Types_), string.Join(" ", recognition.Scenarios)]),
    };

    private static Command List<T>(
        Runner runner,
        Command command,
        Func<CatalogueService.CatalogueServiceClient, CancellationToken, Task<IEnumerable<T>>> ask,
        string[] columns,
        Func<T, string[]> row)
        where T : IMessage
    {
        runner.Run(command, async (session, _, cancellationToken) =>
        {
            session.WriteAll(await ask(session.Connect("verifier").Catalogue, cancellationToken), columns, row);
            return ExitCode.Done;
        });
        return command;
    }

    private static string Name(Names? names, Language language) => names is null ? "" : language.Say(names.Zh, names.En);
}
