using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using CrossProvince.Cli.Certs;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Licences;
using CrossProvince.Service.Storage;
using CrossProvince.Service.Storage.Sealing;
using CrossProvince.Tests;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using LicenceStatus = CrossProvince.Contracts.Licences.V1.LicenceStatus;

namespace CrossProvince.Integration.Tests.Nodes;

/// <summary>One region's node, in process, on real Kestrel with real mutual TLS.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private readonly TestFederation _federation;
    private readonly Dictionary<string, NodeConnection> _connections = [];
    private readonly List<NodeIdentity> _identities = [];
    private WebApplication? _app;

    internal TestNode(TestFederation federation, RegionCode region)
    {
        _federation = federation;
        Region = region;
        Api = new Uri($"https://127.0.0.1:{FreePort.Next()}");
        Web = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        Clock = new TestClock(federation.Clock);
    }

    internal RegionCode Region { get; }

    internal Uri Api { get; }

    internal Uri Web { get; }

    /// <summary>This node's own clock; follows the federation's.</summary>
    internal TestClock Clock { get; }

    internal bool IsRunning => _app is not null;

    internal IServiceProvider Services => _app!.Services;

    internal string Environment => _federation.Plan.Production.Contains(Region) ? "Production" : "Development";

    /// <summary>Everything the node is configured with.</summary>
    internal Dictionary<string, string> Settings
    {
        get
        {
            var settings = new Dictionary<string, string>
            {
                ["environment"] = Environment,
                ["contentRoot"] = _federation.Folder,
                ["Region"] = Region.ToString(),
                ["Listen:Api"] = Api.ToString(),
                ["Listen:Web"] = Web.ToString(),
                ["Identity:Directory"] = _federation.PathOf($"{Region}/node"),
                ["Trust:List"] = _federation.PathOf("trust-list.cose"),
                ["Trust:Roots:0"] = _federation.PathOf("roots/root-1.pub.pem"),
                ["Trust:Roots:1"] = _federation.PathOf("roots/root-2.pub.pem"),
                ["Trust:Roots:2"] = _federation.PathOf("roots/root-3.pub.pem"),
                ["Trust:RefreshInterval"] = "00:00:01",
                ["Partners:File"] = PartnerFile,
                ["Keys:Code"] = _federation.PathOf($"{Region}/keys/code.key.pem"),
                ["Keys:Index"] = _federation.PathOf($"{Region}/keys/index.key.pem"),
                ["Keys:Receipt"] = _federation.PathOf($"{Region}/keys/receipt.key.pem"),
                ["ConnectionStrings:Database"] = $"Data Source={DatabaseFile}",
                ["Storage:KeyFile"] = StorageKeyFile,
                ["Recording:Directory"] = _federation.PathOf($"{Region}/data/spool"),

                // In a test one person shows licences without pause.
                ["Limits:Person:PerSecond"] = "10000",
                ["Limits:Person:Burst"] = "100000",

                // As rarely as there is.
                ["Federation:ReportInterval"] = "00:01:00",

                ["Logging:LogLevel:Default"] = "Trace",
                ["Logging:LogLevel:Microsoft.AspNetCore"] = "Debug",
                ["Logging:LogLevel:Grpc"] = "Trace",
                ["Logging:LogLevel:System.Net.Http.HttpClient"] = "Trace",
            };
            if (_federation.Plan.Scenarios is not null)
            {
                settings["Catalogue:Path"] = _federation.PathOf("catalogue");
            }

            foreach (var (name, value) in _federation.Plan.Settings)
            {
                settings[name] = value;
            }

            foreach (var (name, value) in OwnSettings)
            {
                settings[name] = value;
            }

            return settings;
        }
    }

    /// <summary>Settings of this node alone, for its next start.</summary>
    internal Dictionary<string, string> OwnSettings { get; } = [];

    internal string PartnerFile => _federation.PathOf($"{Region}/partners.json");

    /// <summary>The keys of its database: of its own, wherever that is.</summary>
    internal string StorageKeyFile
    {
        get
        {
            var file = _federation.PathOf($"{Region}/storage.keys");
            if (!File.Exists(file))
            {
                StorageMaintenance.NewKey(new NewStorageKey(file));
            }

            return file;
        }
    }

    internal string DatabaseFile => _federation.PathOf($"{Region}/data/node.db");

    /// <summary>Verifies as the region's sample verifier.</summary>
    internal VerificationService.VerificationServiceClient Verifications => Connect("verifier").Verifications;

    /// <summary>Works on licences as the region's sample authority.</summary>
    internal LicenceService.LicenceServiceClient Licences => Connect("authority").Licences;

    internal LicenceIndex Index => Services.GetRequiredService<LicenceIndex>();

    /// <summary>Shows licences as a person.</summary>
    internal PresentationService.PresentationServiceClient Presentations(string personCode, string codeType = "111") =>
        Connect("verifier").Presentations(TestTokens.Holder(personCode, Clock, codeType));

    /// <summary>A connection with an identity of the federation's folder, such as <c>verifier</c> or <c>../120000/node</c>.</summary>
    internal NodeConnection Connect(string identity)
    {
        if (!_connections.TryGetValue(identity, out var connection))
        {
            var loaded = NodeIdentity.Load(_federation.PathOf($"{Region}/{identity}"));
            _identities.Add(loaded);
            _connections.Add(identity, connection = NodeConnection.Open(Api, loaded, Region));
        }

        return connection;
    }

    /// <summary>Makes another identity of this region: a folder to <see cref="Connect"/> with.</summary>
    internal string MakeIdentity(IdentityRole role, string organisation, RegionCode? authorityOf = null, Period? period = null)
    {
        using var authority = X509Certificate2.CreateFromPemFile(
            _federation.PathOf($"{authorityOf ?? Region}/ca.cert.pem"), _federation.PathOf($"{authorityOf ?? Region}/ca.key.pem"));
        var now = TimeProvider.System.GetUtcNow();
        var (certificate, key) = CertificateMaker.MakeIdentity(
            authority, Region, role, organisation, ["127.0.0.1"], sample: false, period ?? new Period(now.AddDays(-1), now.AddDays(30)));
        var name = $"made-{Guid.NewGuid():N}";
        var folder = Directory.CreateDirectory(_federation.PathOf($"{Region}/{name}")).FullName;
        File.WriteAllText(Path.Combine(folder, "cert.pem"), certificate);
        File.WriteAllText(Path.Combine(folder, "key.pem"), key);
        File.Copy(_federation.PathOf($"{Region}/node/ca.pem"), Path.Combine(folder, "ca.pem"));
        return name;
    }

    /// <summary>Changes the partner file and waits until nobody can still be judged by the old one.</summary>
    internal async Task ChangePartnersAsync(Action<JsonArray> change)
    {
        var file = JsonNode.Parse(await File.ReadAllTextAsync(PartnerFile))!;
        change(file["organisations"]!.AsArray());
        WritePartners(file.ToJsonString());
        await Task.Delay(TimeSpan.FromMilliseconds(1_100));
    }

    /// <summary>Replaces the partner file at once: a node that reads it meanwhile has the one or the other.</summary>
    internal void WritePartners(string text)
    {
        File.WriteAllText($"{PartnerFile}.new", text);
        File.Move($"{PartnerFile}.new", PartnerFile, overwrite: true);
    }

    /// <summary>The time signed in the copy of a region's index; 0 when there is none.</summary>
    internal long AsOf(RegionCode region) => Index.Find(region)?.AsOfMs ?? 0;

    internal async Task StartAsync()
    {
        var app = Build();
        try
        {
            await app.StartAsync();
            _app = app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Builds the node without running it.</summary>
    internal WebApplication Build() => Node.Build([.. Settings.SelectMany(s => new[] { $"--{s.Key}", s.Value })], services =>
    {
        services.AddLogging(logging => logging.ClearProviders().AddProvider(_federation.Logs));
        services.AddSingleton<TimeProvider>(Clock);
        _federation.Plan.Services(services);
    });

    internal async Task StopAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }

    /// <summary>Imports licences as the sample authority.</summary>
    /// <returns>The last answer, with every refused line.</returns>
    internal async Task<ImportLicencesResponse> ImportAsync(params IEnumerable<JsonObject> lines) => await ImportLinesAsync(lines.Select(l => l.ToJsonString()));

    /// <inheritdoc cref="ImportAsync"/>
    internal Task<ImportLicencesResponse> ImportLinesAsync(params IEnumerable<string> lines) => ImportLinesAsync(Licences, lines);

    /// <inheritdoc cref="ImportAsync"/>
    internal static async Task<ImportLicencesResponse> ImportLinesAsync(LicenceService.LicenceServiceClient authority, params IEnumerable<string> lines)
    {
        lines = [.. lines];
        CapturedLogs.Remember(lines);
        using var call = authority.ImportLicences();
        await call.RequestStream.WriteAsync(new ImportLicencesRequest { Lines = { lines }, FirstLineNumber = 1 });
        await call.RequestStream.CompleteAsync();
        var last = new ImportLicencesResponse();
        await foreach (var answer in call.ResponseStream.ReadAllAsync())
        {
            answer.Refused.AddRange(last.Refused);
            last = answer;
        }

        return last;
    }

    /// <summary>A licence as it is stored.</summary>
    internal async Task<StoredLicence> FindAsync(string licenceId)
    {
        await using var connection = await Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        return await Services.GetRequiredService<LicenceStore>().FindAsync(connection, licenceId) ?? throw new ArgumentException("There is no such licence.", nameof(licenceId));
    }

    /// <summary>Shows a licence as a person; null is its holder.</summary>
    internal async Task<CreatePresentationResponse> PresentAsync(StoredLicence licence, string scenario, string? person = null, string showing = "") =>
        await (person is null ? Presentations(licence.Record.Holder.Code, licence.Record.Holder.CodeType) : Presentations(person)).CreatePresentationAsync(
            new CreatePresentationRequest { LicenceId = licence.Record.Id.ToString(), Scenario = scenario, ShowingId = showing });

    /// <summary>Imports one licence and reads it back.</summary>
    internal async Task<StoredLicence> TakeAsync(JsonObject line)
    {
        await ImportAsync(line);
        return await FindAsync(TestLicences.IdOf(line));
    }

    /// <summary>Changes a status as the sample authority.</summary>
    internal async Task<ChangeStatusResponse> ChangeStatusAsync(string licenceId, LicenceStatus status) =>
        await Licences.ChangeStatusAsync(new ChangeStatusRequest { LicenceId = licenceId, Status = status, Reason = "test" });

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections.Values)
        {
            connection.Dispose();
        }

        foreach (var identity in _identities)
        {
            identity.Dispose();
        }

        await StopAsync();
    }
}
