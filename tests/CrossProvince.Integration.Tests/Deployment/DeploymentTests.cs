using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Storage.Sealing;
using CrossProvince.Service.Tests.Hosting;
using CrossProvince.Tests;
using YamlDotNet.RepresentationModel;

namespace CrossProvince.Integration.Tests.Deployment;

/// <summary>The files of eng/deploy: what they set exists, what they promise holds, and a node starts with them.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class DeploymentTests
{
    /// <summary>Settings that are .NET's own.</summary>
    private static readonly string[] s_ofDotNet = ["ASPNETCORE_ENVIRONMENT", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "DOTNET_EnableDiagnostics", "Logging:LogLevel:Default"];

    private TestFederation _federation = null!;
    private string _etc = null!;

    [SetUp]
    public async Task MakeRegion()
    {
        _federation = await TestFederation.StartAsync(new() { Running = [] });
        _etc = _federation.PathOf("etc");
        foreach (var (from, to) in new[] { ("110000/node", "node"), ("110000/keys", "keys"), ("roots", "roots") })
        {
            var folder = Directory.CreateDirectory(Path.Combine(_etc, to)).FullName;
            foreach (var file in Directory.GetFiles(_federation.PathOf(from)))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }
        }

        File.Copy(_federation.PathOf("trust-list.cose"), Path.Combine(_etc, "trust-list.cose"));
        File.Copy(_federation.PathOf("110000/partners.json"), Path.Combine(_etc, "partners.json"));
        StorageMaintenance.NewKey(new NewStorageKey(Path.Combine(_etc, "storage.keys")));
    }

    [TearDown]
    public async Task DeleteRegion() => await _federation.DisposeAsync();

    [Test]
    public void Environment_OfContainersAndUnit_IsSettingsOnly()
    {
        var container = DeployFiles.ContainerInstructions().Where(i => i.StartsWith("ENV ", StringComparison.Ordinal)).SelectMany(i => i.Split(' ').Skip(1)).Select(v => v.Split('=')[0]);
        var names = DeployFiles.ComposeNodes.SelectMany(n => DeployFiles.Environment(n).Keys).Concat(DeployFiles.UnitEnvironment().Keys).Concat(container).Distinct().ToList();

        Assert.That(names, Has.Count.GreaterThan(15));
        Assert.That(names.Where(n => !IsSetting(n)), Is.Empty);
    }

    [Test]
    public void AppSettings_OfProduction_AreSettingsOnly() => Assert.That(DeployFiles.AppSettings().Keys.Where(n => !IsSetting(n)), Is.Empty);

    [Test]
    public async Task ComposeEnvironment_OwnKeys_StartsNodeThatBecomesReadyAndStops()
    {
        var environment = DeployFiles.Environment(DeployFiles.ComposeNodes.First());
        var web = Localise(environment, name => name.Replace(":", "__", StringComparison.Ordinal));

        // The servers have tests of their own; what is tried here is the program and its settings.
        environment.Remove("ConnectionStrings__Redis");

        await StartsAsync(environment, web);
    }

    [Test]
    public async Task UnitAndAppSettings_OwnKeys_StartNodeThatBecomesReadyAndStops()
    {
        Assert.That(DeployFiles.UnitLines("WorkingDirectory"), Is.EqualTo(new[] { "/etc/crossprovince" }), "Where appsettings.Production.json is read from.");
        var settings = DeployFiles.AppSettings().ToDictionary();
        var web = Localise(settings, name => name);
        var file = await File.ReadAllTextAsync(DeployFiles.PathOf("appsettings.Production.json"));
        foreach (var (name, value) in DeployFiles.AppSettings())
        {
            file = file.Replace($"\"{value}\"", $"\"{settings[name]}\"", StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(Path.Combine(_etc, "appsettings.Production.json"), file);

        await StartsAsync(DeployFiles.UnitEnvironment(), web);
    }

    [Test]
    public async Task ComposeEnvironment_SettingMissing_EndsWithTheExitCodeThatIsNotRestarted()
    {
        var environment = DeployFiles.Environment(DeployFiles.ComposeNodes.First());
        Localise(environment, name => name.Replace(":", "__", StringComparison.Ordinal));
        environment.Remove("ConnectionStrings__Redis");
        environment.Remove("Keys__Index");
        await using var node = DeployedNode.Start(_etc, environment);

        Assert.That(DeployFiles.UnitLines("RestartPreventExitStatus"), Is.EqualTo(new[] { $"{await node.EndAsync()}" }));
        Assert.That(node.Output, Does.Contain("Keys:Index is not set"));
    }

    [Test]
    public void Healthcheck_NobodyListening_Fails() => Assert.That(DeployedNode.IsHealthy(FreePort.Next()), Is.False);

    [Test]
    public void Compose_Nodes_AreLockedDownAndReachedByTheGatewayOnly()
    {
        Assert.That(DeployFiles.ComposeNodes.Count(), Is.EqualTo(2));
        foreach (var (name, node) in new[] { "node-1", "node-2" }.Zip(DeployFiles.ComposeNodes))
        {
            Assert.That(node["read_only"].ToString(), Is.EqualTo("true"));
            Assert.That(Texts(node["cap_drop"]), Is.EqualTo(new[] { "ALL" }));
            Assert.That(Texts(node["security_opt"]), Is.EqualTo(new[] { "no-new-privileges:true" }));
            Assert.That(Texts(node["volumes"]).Where(v => !v.EndsWith(":ro", StringComparison.Ordinal)), Is.EqualTo(new[] { $"{name}:/var/lib/crossprovince" }), "Each has a spool of its own, and writes nothing else.");
            Assert.That(DeployFiles.Environment(node)["Recording__Directory"], Does.StartWith("/var/lib/crossprovince/"));
        }

        Assert.That(DeployFiles.Services.Where(s => ((YamlMappingNode)s.Value).Children.ContainsKey("ports")).Select(s => s.Key.ToString()), Is.EqualTo(new[] { "gateway" }));
    }

    [Test]
    public void Compose_Gateway_KnowsBothNodesAndEveryVariableOfItsConfiguration()
    {
        var environment = DeployFiles.Environment((YamlMappingNode)DeployFiles.Services["gateway"]);
        var used = System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(DeployFiles.PathOf("haproxy.cfg")), @"\$\{(\w+)\}").Select(m => m.Groups[1].Value).Distinct();

        Assert.That(used, Is.EquivalentTo(environment.Keys));
        Assert.That(
            DeployFiles.Services.Select(s => s.Key.ToString()).Where(s => s.StartsWith("node-", StringComparison.Ordinal)).SelectMany(n => new[] { $"{n}:7443", $"{n}:7080" }),
            Is.SubsetOf(environment.Values));
    }

    [Test]
    public void Container_Image_HasNoRootNoSecretAndOnlyWhatIsThere()
    {
        var instructions = DeployFiles.ContainerInstructions();
        var copied = instructions.Where(i => i.StartsWith("COPY ", StringComparison.Ordinal) && !i.Contains("--from", StringComparison.Ordinal))
            .SelectMany(i => i.Split(' ')[1..^1].Where(word => !word.StartsWith("--", StringComparison.Ordinal))).ToList();

        Assert.That(copied, Has.Count.GreaterThanOrEqualTo(6));
        Assert.That(copied.Where(c => !Path.Exists(Repository.PathOf(c))), Is.Empty);
        Assert.That(copied, Has.None.Contains("certs"));
        Assert.That(instructions.Last(i => i.StartsWith("USER ", StringComparison.Ordinal)), Does.Match("^USER [1-9][0-9]*:[1-9][0-9]*$"));
        Assert.That(instructions, Has.Some.Contains("-p:WithoutSamples=true"));
        Assert.That(instructions, Has.Some.Contains("install -d -o 1654 -g 1654 -m 0700 /var/lib/crossprovince"), "A volume is its user's only where the image says so.");
        Assert.That(instructions, Has.None.StartsWith("ADD "));
        Assert.That(DeployFiles.UnitLines("ExecStart").Single(), Does.EndWith("/crossprovince node"), "The same program as the container's.");
        Assert.That(instructions.TakeLast(2), Is.EqualTo(new[] { """ENTRYPOINT ["/opt/crossprovince/crossprovince"]""", """CMD ["node"]""" }));
    }

    private static bool IsSetting(string name) => s_ofDotNet.Contains(name.Replace("__", ":", StringComparison.Ordinal)) || NodeSetting.Exists(name);

    private static IEnumerable<string> Texts(YamlNode list) => ((YamlSequenceNode)list).Select(item => item.ToString());

    /// <summary>Puts this test's folder, free ports and an embedded database in the place of a machine's.</summary>
    /// <returns>The port of Listen:Web.</returns>
    private int Localise(Dictionary<string, string> settings, Func<string, string> spelling)
    {
        foreach (var (name, value) in settings)
        {
            settings[name] = value.Replace("/etc/crossprovince", _etc, StringComparison.Ordinal);
        }

        var web = FreePort.Next();
        settings[spelling("Listen:Api")] = settings[spelling("Listen:Api")].Replace("0.0.0.0:7443", $"127.0.0.1:{FreePort.Next()}", StringComparison.Ordinal);
        settings[spelling("Listen:Web")] = settings[spelling("Listen:Web")].Replace(":7080", $":{web}", StringComparison.Ordinal);
        settings[spelling("Recording:Directory")] = _federation.PathOf("var/spool");
        settings[spelling("ConnectionStrings:Database")] = $"Data Source={_federation.PathOf("var/node.db")}";
        return web;
    }

    private async Task StartsAsync(Dictionary<string, string> environment, int web)
    {
        await using var node = DeployedNode.Start(_etc, environment);
        await node.ReadyAsync(web);
        using var browser = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{web}") };
        var page = await browser.GetStringAsync(new Uri("/counter", UriKind.Relative));
        var content = Directory.GetFileSystemEntries(_etc);

        Assert.That(await node.StopAsync(), Is.Zero, node.Output);
        Assert.That(node.Output, Does.Contain("Hosting environment: Production"));
        Assert.That(page, Does.Contain("src=\"/assets/"), "The pages are in the program.");
        Assert.That(content.Select(Path.GetFileName), Is.SubsetOf(new[] { "node", "keys", "roots", "trust-list.cose", "partners.json", "storage.keys", "appsettings.Production.json" }), "It writes nothing there.");
    }
}
