using System.Net;
using System.Net.Sockets;
using CrossProvince.Cli.Trust;
using CrossProvince.Core.Trust;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Storage;
using Dapper;
using Microsoft.Extensions.DependencyInjection;

namespace CrossProvince.Integration.Tests.Hosting;

/// <summary>A node that is configured wrongly does not start: exit code 2, the setting at fault, and nothing left behind.</summary>
[NonParallelizable]
public sealed class StartTests
{
    private static readonly string s_samples = Path.Combine(AppContext.BaseDirectory, "certs-sample");

    private TestFederation _federation = null!;

    private TestNode Beijing => _federation[TestFederation.Beijing];

    [SetUp]
    public async Task MakeFederation() => _federation = await TestFederation.StartAsync(new() { Running = [] });

    [TearDown]
    public async Task DeleteFederation() => await _federation.DisposeAsync();

    private static IEnumerable<TestCaseData> WrongSettings()
    {
        yield return Set("Region", "abc", "Region 'abc' is not six digits");
        yield return Set("Region", "310000", "Identity:Directory holds a certificate that is not urn:crossprovince:310000:node");
        yield return Set("Listen:Api", "http://127.0.0.1:7443", "Listen:Api 'http://127.0.0.1:7443' is not a URL");
        yield return Set("Listen:Api", "nonsense", "Listen:Api 'nonsense' is not a URL");
        yield return Set("Listen:Web", "http://10.0.0.1:7080", "Listen:Web is outside loopback without TLS");
        yield return Set("Freshness:Soft", "abc", "Configuration cannot be read");
        yield return Set("Freshness:Soft", "00:20:00", "Freshness:Hard is below Freshness:Soft");
        yield return Set("Freshness:Hard", "2.00:00:00", "Freshness:Hard is wrong");
        yield return Set("Trust:RefreshInterval", "00:00:00", "Trust:RefreshInterval is wrong");
        yield return Set("SingleUse:Store", "Nowhere", "Configuration cannot be read");
        yield return Set("Signatures:Engine", "Magic", "Configuration cannot be read");
        yield return Set("Signatures:Signer", "Magic", "Configuration cannot be read");
        yield return Set("Signatures:TableMegabytes", "0", "Signatures:TableMegabytes is wrong");
        yield return Set("Identity:Directory", "/nowhere", "Identity:Directory holds no readable cert.pem");
        yield return Set("Keys:Code", "/nowhere/key.pem", "Keys:Code names a file that cannot be read as a key");
        yield return Set("Keys:Code", "{partners}", "Keys:Code names a file that cannot be read as a key");
        yield return Set("Keys:Code", "{receipt}", "Keys:Code is key");
        yield return Set("Keys:Index", "{code}", "Keys:Index is key");
        yield return Set("Keys:Receipt", "{code}", "Keys:Receipt is key");
        yield return Set("Trust:List", "/nowhere/trust-list.cose", "Trust:List holds no usable trust list: The file cannot be read");
        yield return Set("Trust:List", "{partners}", "Trust:List holds no usable trust list: The trust list is not a COSE_Sign message");
        yield return Set("Trust:Roots:0", "/nowhere/root.pem", "Trust:Roots names a file that cannot be read as a key");
        yield return Set("Partners:File", "/nowhere/partners.json", "Partners:File cannot be read");
        yield return Set("Catalogue:Path", "/nowhere", "Catalogue:Path holds no usable catalogue");
        yield return Set("Tokens:Issuers:0:Issuer", "https://id.example", "Tokens:Issuers:0 has no Issuer or no Audience");
        yield return Set("Tokens:Levels:Scenarios:dancing", "High", "Tokens:Levels:Scenarios:dancing is not in the catalogue");
        yield return Set("Tokens:Levels:Scenarios:peer-check", "7", "Tokens:Levels:Scenarios:peer-check is not Low, Substantial or High");
        yield return Set("Tokens:Levels:Show", "9", "Tokens:Levels:Show is wrong");
        yield return Set("Limits:Connections", "1", "Limits:Connections is wrong");
        yield return Set("Limits:Deadline", "00:20:00", "Limits:Deadline is wrong");
        yield return Set("Limits:Organisation:Burst", "999", "Limits:Organisation:Burst is wrong");
        yield return Set("Limits:Person:Calls", "viele", "'Limits:Person:Calls'");
        yield return Set("Limits:Person:Calls", "0", "Limits:Person:Calls is wrong");
        yield return Set("ConnectionStrings:Database", "nonsense=1", "ConnectionStrings:Database names neither a SQLite file");
        yield return Set("ConnectionStrings:Database", "Host=127.0.0.1;Port=99999;Database=x;Username=x", "ConnectionStrings:Database names a database that cannot be opened");
        yield return Set("ConnectionStrings:Database", "Host=127.0.0.1;Database=x;Passwort=x", "ConnectionStrings:Database is not a connection string");
        yield return Set("Limts:Person:Calls", "5", "Limts is not a setting");
        yield return Set("Limits:Persn:Calls", "5", "Limits:Persn is not a setting");
        yield return Set("Freshness:Softt", "00:00:10", "Freshness:Softt is not a setting");
        yield return Set("ConnectionStrings:Databse", "x", "ConnectionStrings:Databse is not a setting");
        yield return Set("Tokens:Issuers:0:Isuer", "x", "Tokens:Issuers:0:Isuer is not a setting");
        yield return Set("Trust:Roots:0:File", "x", "Trust:Roots:0:File is not a setting");
        yield return Set("ConnectionStrings:Database", "Data Source=", "ConnectionStrings:Database names neither a SQLite file");
        yield return Set("ConnectionStrings:Database", "Data Source=/proc/none/node.db", "ConnectionStrings:Database names a database that cannot be opened");

        static TestCaseData Set(string name, string value, string saying) => new(name, value, saying);
    }

    [TestCaseSource(nameof(WrongSettings))]
    public async Task RunAsync_SettingWrong_StopsAndNamesIt(string name, string value, string saying)
    {
        value = value.Replace("{partners}", Beijing.PartnerFile, StringComparison.Ordinal)
            .Replace("{receipt}", Beijing.Settings["Keys:Receipt"], StringComparison.Ordinal)
            .Replace("{code}", Beijing.Settings["Keys:Code"], StringComparison.Ordinal);

        await RefusesAsync(saying, settings => settings[name] = value);
    }

    [TestCase("KeyFile", "", "Tokens:Issuers:0 needs exactly one of KeyFile")]
    [TestCase("JwksUrl", "https://id.example/jwks", "Tokens:Issuers:0 needs exactly one of KeyFile")]
    [TestCase("KeyFile", "{partners}", "Tokens:Issuers:0:KeyFile names a file that cannot be read as a key")]
    [TestCase("OperatorRegions:0", "Beijing", "Tokens:Issuers:0:OperatorRegions names 'Beijing'")]
    [TestCase("Operations", "true", "Tokens:Issuers:0:Operations lets it name those who run nodes")]
    [TestCase("HolderCodeTypes:0", "citizen", "Tokens:Issuers:0:HolderCodeTypes names 'citizen'")]
    [TestCase("Algorithms:0", "HS256", "Tokens:Issuers:0:Algorithms names 'HS256'")]
    [TestCase("Algorithms:0", "none", "Tokens:Issuers:0:Algorithms names 'none'")]
    [TestCase("Holders", "false", "Tokens:Issuers:0 may speak for nobody")]
    [TestCase("ClockSkew", "01:00:00", "Tokens:Issuers:0:ClockSkew is wrong")]
    [TestCase("MinimumLevel", "5", "Tokens:Issuers:0:MinimumLevel is wrong")]
    public async Task RunAsync_IssuerWrong_StopsAndNamesIt(string name, string value, string saying) => await RefusesAsync(saying, settings =>
    {
        settings["Tokens:Issuers:0:Issuer"] = "https://id.example";
        settings["Tokens:Issuers:0:Audience"] = "crossprovince";
        settings["Tokens:Issuers:0:KeyFile"] = Path.Combine(s_samples, "tokens", "issuer.pub.pem");
        settings[$"Tokens:Issuers:0:{name}"] = value.Replace("{partners}", Beijing.PartnerFile, StringComparison.Ordinal);
    });

    [TestCase("JwksFile", "{partners}", "Tokens:Issuers:0:JwksFile names a file that cannot be read as a key")]
    [TestCase("JwksUrl", "http://id.example/jwks", "Tokens:Issuers:0:JwksUrl 'http://id.example/jwks' is not an https URL")]
    [TestCase("DiscoveryUrl", "nonsense", "Tokens:Issuers:0:DiscoveryUrl 'nonsense' is not an https URL")]
    public async Task RunAsync_IssuersKeysElsewhereWrong_StopsAndNamesIt(string name, string value, string saying) => await RefusesAsync(saying, settings =>
    {
        settings["Tokens:Issuers:0:Issuer"] = "https://id.example";
        settings["Tokens:Issuers:0:Audience"] = "crossprovince";
        settings[$"Tokens:Issuers:0:{name}"] = value.Replace("{partners}", Beijing.PartnerFile, StringComparison.Ordinal);
    });

    [TestCase("ClientId", "pages", "JwksUrl", "https://id.example/jwks", "Tokens:Issuers:0:ClientId needs DiscoveryUrl")]
    [TestCase("Scopes:0", "organisation", "DiscoveryUrl", "https://id.example/d", "Tokens:Issuers:0:ClientId is not set, but ClientSecretFile or Scopes is")]
    [TestCase("ClientId", "pages", "DiscoveryUrl", "https://id.example/d", "Web:PublicUrl is not set, but people sign in")]
    public async Task RunAsync_SigningInWrong_StopsAndNamesIt(string name, string value, string keys, string url, string saying) => await RefusesAsync(saying, settings =>
    {
        settings["Tokens:Issuers:0:Issuer"] = "https://id.example";
        settings["Tokens:Issuers:0:Audience"] = "crossprovince";
        settings[$"Tokens:Issuers:0:{keys}"] = url;
        settings[$"Tokens:Issuers:0:{name}"] = value;
    });

    [TestCase("{", "Partners:File cannot be read")]
    [TestCase("{}", "Partners:File cannot be read")]
    [TestCase("null", "Partners:File holds no list of organisations")]
    [TestCase("""{"organisations":null}""", "Partners:File cannot be read")]
    [TestCase("""{"organisations":[null]}""", "Partners:File has an entry that names no organisation")]
    [TestCase("""{"organisations":[{"organisation":"","role":"verifier"}]}""", "Partners:File has an entry that names no organisation")]
    [TestCase("""{"organisations":[{"organisation":null,"role":"verifier"}]}""", "Partners:File")]
    [TestCase("""{"organisations":[{"organisation":"A","role":"node"}]}""", "Partners:File names role 'node'")]
    [TestCase("""{"organisations":[{"organisation":"A","role":"verifier","scenarios":["dancing"]}]}""", "Partners:File names scenario 'dancing'")]
    [TestCase("""{"organisations":[{"organisation":"A","role":"verifier"},{"organisation":"A","role":"verifier"}]}""", "Partners:File names A as verifier twice")]
    [TestCase("""{"organisations":[{"organisation":"A","role":"verifier","revokd":true}]}""", "Partners:File cannot be read")]
    public async Task RunAsync_PartnerFileWrong_StopsAndSaysWhy(string content, string saying)
    {
        await File.WriteAllTextAsync(Beijing.PartnerFile, content);

        await RefusesAsync(saying);
    }

    [Test]
    public async Task RunAsync_AppSettingsUnreadable_StopsAndSaysWhere()
    {
        await File.WriteAllTextAsync(_federation.PathOf("appsettings.json"), "{ \"Region\": ");

        await RefusesAsync("appsettings.json");
    }

    [Test]
    public async Task RunAsync_TrustListSignedByOneRoot_Stops()
    {
        _federation.PublishTrust(_federation.TrustFile, roots: 1);

        await RefusesAsync("good signatures of 1 root keys; 2 are needed");
    }

    [Test]
    public async Task RunAsync_TrustListChangedAfterSigning_Stops()
    {
        var path = _federation.PathOf("trust-list.cose");
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);

        await RefusesAsync("Trust:List holds no usable trust list");
    }

    [Test]
    public async Task RunAsync_OneRootConfigured_Stops() => await RefusesAsync("Trust:Roots names fewer than two root keys", settings =>
    {
        settings.Remove("Trust:Roots:1");
        settings.Remove("Trust:Roots:2");
    });

    [Test]
    public async Task RunAsync_TrustListWithoutThisRegion_Stops()
    {
        _federation.PublishTrust(_federation.TrustFile with { Regions = [.. _federation.TrustFile.Regions.Skip(1)] });

        await RefusesAsync("Trust:List has no region 110000");
    }

    [Test]
    public async Task RunAsync_TrustListForAnotherCatalogue_Stops()
    {
        var list = _federation.TrustFile.Resolve(_federation.Folder, new byte[32]);
        await File.WriteAllBytesAsync(
            _federation.PathOf("trust-list.cose"), TrustListDocument.Sign(list, [_federation.Signer("roots/root-1"), _federation.Signer("roots/root-2")]));

        await RefusesAsync("Catalogue:Path holds another catalogue");
    }

    [Test]
    public async Task RunAsync_CatalogueWrong_NamesFileAndLine()
    {
        var folder = Directory.CreateDirectory(_federation.PathOf("catalogue")).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "catalogue")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        var scenarios = Path.Combine(folder, "scenarios.json");
        await File.WriteAllTextAsync(scenarios, (await File.ReadAllTextAsync(scenarios)).Replace("\"lifetimeSeconds\": 300", "\"lifetimeSeconds\": 3000", StringComparison.Ordinal));

        await RefusesAsync("scenarios.json:", settings => settings["Catalogue:Path"] = folder);
    }

    [Test]
    public async Task RunAsync_TrustListOlderThanAcceptedByAnEarlierProgram_Stops()
    {
        // It kept the version, and not the list.
        await Beijing.StartAsync();
        await using (var connection = await Beijing.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None))
        {
            await connection.ExecuteAsync("DELETE FROM trust_lists; UPDATE node_state SET value = 2 WHERE name = 'trust-version'");
        }

        await Beijing.StopAsync();

        var (code, error) = await RunAsync(Beijing.Settings);

        Assert.That((code, error), Is.EqualTo((2, error)));
        Assert.That(error, Does.Contain("is version 1, but this node has accepted version 2"));
    }

    [Test]
    public async Task RunAsync_PortTaken_Stops()
    {
        using var other = new TcpListener(IPAddress.Loopback, Beijing.Api.Port);
        other.Start();

        var (code, error) = await RunAsync(Beijing.Settings);

        Assert.That((code, error.Contains("Listen", StringComparison.Ordinal)), Is.EqualTo((2, true)), error);
    }

    [TestCase(new[] { "Region", "110000" }, "argument 1 neither a setting nor its value")]
    [TestCase(new[] { "--Region", "110000", "geheim" }, "argument 3 neither a setting nor its value")]
    [TestCase(new[] { "--Region" }, "Region has no value")]
    public async Task RunAsync_ArgumentsOfAnotherShape_StopsWithoutRepeatingThem(string[] args, string saying)
    {
        var (code, error) = await RunAsync(args, default);

        Assert.That((code, error.Contains(saying, StringComparison.Ordinal), error.Contains("geheim", StringComparison.Ordinal)), Is.EqualTo((2, true, false)), error);
    }

    [Test]
    public async Task RunAsync_NothingSetOutsideDevelopment_SaysWhatIsMissing()
    {
        var (code, error) = await RunAsync(new() { ["environment"] = "Production", ["contentRoot"] = _federation.Folder });

        Assert.That((code, error.Contains("Region is not set", StringComparison.Ordinal)), Is.EqualTo((2, true)), error);
    }

    private static IEnumerable<TestCaseData> SampleSettings()
    {
        yield return new("Identity:Directory", Path.Combine(s_samples, "110000", "node"));
        yield return new("Keys:Code", Path.Combine(s_samples, "110000", "keys", "code.key.pem"));
        yield return new("Keys:Index", Path.Combine(s_samples, "110000", "keys", "index.key.pem"));
        yield return new("Keys:Receipt", Path.Combine(s_samples, "110000", "keys", "receipt.key.pem"));
        yield return new("Trust:Roots:0", Path.Combine(s_samples, "roots", "root-1.pub.pem"));
    }

    [TestCaseSource(nameof(SampleSettings))]
    public async Task RunAsync_SampleKeyOutsideDevelopment_IsRefused(string name, string value) => await RefusesAsync("is one of the sample keys", settings =>
    {
        settings["environment"] = "Production";
        settings[name] = value;
    });

    [Test]
    public async Task RunAsync_SampleTokenIssuerOutsideDevelopment_IsRefused() => await RefusesAsync("Tokens:Issuers:0:KeyFile is one of the sample keys", settings =>
    {
        settings["environment"] = "Production";
        settings["Tokens:Issuers:0:Issuer"] = "https://sample-identity.invalid";
        settings["Tokens:Issuers:0:Audience"] = "crossprovince";
        settings["Tokens:Issuers:0:KeyFile"] = Path.Combine(s_samples, "tokens", "issuer.pub.pem");
    });

    [Test]
    public async Task RunAsync_TrustListNamesSampleKeyOutsideDevelopment_IsRefused()
    {
        var sample = new TrustListFile.KeyEntry
        {
            File = Path.Combine(s_samples, "130000", "keys", "code.pub.pem"),
            Use = KeyUse.Code,
            NotBefore = TimeProvider.System.GetUtcNow(),
            NotAfter = TimeProvider.System.GetUtcNow().AddYears(1),
        };
        _federation.PublishTrust(_federation.TrustFile.Change(TestFederation.Hebei, r => r with { Keys = [.. r.Keys, sample] }));

        await RefusesAsync("Trust:List names sample keys", settings => settings["environment"] = "Production");
    }

    [Test]
    public async Task RunAsync_NoKeysForTheDatabaseOutsideDevelopment_SaysHowToMakeThem() => await RefusesAsync("'crossprovince storage new-key --file FILE' makes it", settings =>
    {
        settings["environment"] = "Production";
        settings.Remove("Storage:KeyFile");
    });

    [TestCase("Storage:KeyFile", "/nowhere/storage.keys", "Storage:KeyFile names a key file that cannot be read")]
    [TestCase("Storage:Keys", "seal 1 AES-256-GCM x current", "Storage:Keys is set, and Storage:KeyFile too")]
    public async Task RunAsync_WrongKeysForTheDatabase_SaysWhat(string setting, string value, string saying) => await RefusesAsync(saying, settings => settings[setting] = value);

    [Test]
    public async Task RunAsync_KeysOfTheDatabaseInASettingWithAFault_SaysWhereAndRepeatsNone() => await RefusesAsync("Storage:Keys is wrong in line 2: the key is not 32 bytes in Base64.", settings =>
    {
        settings.Remove("Storage:KeyFile");
        settings["Storage:Keys"] = "# keys;seal 1 AES-256-GCM geheim current";
    });

    [Test]
    public async Task RunAsync_OwnKeysOutsideDevelopment_Starts()
    {
        using var stop = new CancellationTokenSource();
        using var http = new HttpClient { BaseAddress = Beijing.Web };
        var settings = Beijing.Settings;
        settings["environment"] = "Production";

        var running = RunAsync(settings, stop.Token);
        await Eventually.HoldsAsync(AnswersAsync, "the node answers");
        await stop.CancelAsync();

        Assert.That((await running).Code, Is.Zero);

        async Task<bool> AnswersAsync()
        {
            try
            {
                using var answer = await http.GetAsync(new Uri("healthz/live", UriKind.Relative));
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }
    }

    private async Task RefusesAsync(string saying, Action<Dictionary<string, string>>? spoil = null)
    {
        var settings = Beijing.Settings;
        spoil?.Invoke(settings);

        var (code, error) = await RunAsync(settings);

        Assert.That(error, Does.Contain(saying));
        Assert.That((code, Directory.Exists(Path.GetDirectoryName(Beijing.DatabaseFile))), Is.EqualTo((2, false)), "Exit code 2, and no database.");
    }

    private static Task<(int Code, string Error)> RunAsync(Dictionary<string, string> settings, CancellationToken cancellation = default) =>
        RunAsync([.. settings.SelectMany(s => new[] { $"--{s.Key}", s.Value })], cancellation);

    private static async Task<(int Code, string Error)> RunAsync(string[] args, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        using var error = new StringWriter();
        var (standardError, standardOut) = (Console.Error, Console.Out);
        Console.SetError(error);
        Console.SetOut(TextWriter.Null);
        try
        {
            return (await Node.RunAsync(args, patience.Token), error.ToString());
        }
        finally
        {
            Console.SetError(standardError);
            Console.SetOut(standardOut);
        }
    }
}
