using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using CrossProvince.Cli.Certs;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Integration.Tests.Nodes;
using CrossProvince.Service.Licences;
using Google.Rpc;
using Grpc.Core;
using Microsoft.IdentityModel.Tokens;
using static CrossProvince.Integration.Tests.Nodes.Refusal;

namespace CrossProvince.Integration.Tests.Identity;

/// <summary>Tokens of several identity providers: who may speak for whom, and that every refusal says why, in both languages.</summary>
public sealed class TokenTests : FederationFixture
{
    /// <summary>For citizens only.</summary>
    private readonly TestProvider _citizens = new("https://citizens.example");

    /// <summary>For operators of this region and its neighbour only; several keys and algorithms.</summary>
    private readonly TestProvider _operators = new("https://operators.example");

    /// <summary>For anyone of high assurance.</summary>
    private readonly TestProvider _strict = new("https://strict.example");

    private readonly string _folder = Directory.CreateTempSubdirectory("crossprovince-").FullName;
    private StoredLicence _card = null!;
    private StoredLicence _business = null!;

    public TokenTests()
    {
        _citizens.AddEc("c1");
        _operators.AddEc("o1");
        _operators.AddRsa("o2");
        _strict.AddEc("s1");
        File.WriteAllText(Path.Combine(_folder, "citizens.pem"), _citizens.PublicPem("c1"));
        File.WriteAllText(Path.Combine(_folder, "operators.jwks"), _operators.Jwks());
        File.WriteAllText(Path.Combine(_folder, "strict.pem"), _strict.PublicPem("s1"));
        Plan = new FederationPlan
        {
            Running = [TestFederation.Beijing],
            Settings = new Dictionary<string, string>
            {
                ["Tokens:Issuers:0:Issuer"] = _citizens.Name,
                ["Tokens:Issuers:0:Audience"] = TestProvider.Audience,
                ["Tokens:Issuers:0:KeyFile"] = Path.Combine(_folder, "citizens.pem"),
                ["Tokens:Issuers:0:HolderCodeTypes:0"] = "111",
                ["Tokens:Issuers:0:ClockSkew"] = "00:01:00",
                ["Tokens:Issuers:1:Issuer"] = _operators.Name,
                ["Tokens:Issuers:1:Audience"] = TestProvider.Audience,
                ["Tokens:Issuers:1:JwksFile"] = Path.Combine(_folder, "operators.jwks"),
                ["Tokens:Issuers:1:Algorithms:0"] = "ES256",
                ["Tokens:Issuers:1:Algorithms:1"] = "RS256",
                ["Tokens:Issuers:1:Holders"] = "false",
                ["Tokens:Issuers:1:OperatorRegions:0"] = "110000",
                ["Tokens:Issuers:1:OperatorRegions:1"] = "130000",
                ["Tokens:Issuers:2:Issuer"] = _strict.Name,
                ["Tokens:Issuers:2:Audience"] = TestProvider.Audience,
                ["Tokens:Issuers:2:KeyFile"] = Path.Combine(_folder, "strict.pem"),
                ["Tokens:Issuers:2:MinimumLevel"] = "High",
                ["Tokens:Levels:Scenarios:hotel-checkin"] = "High",
            },
        };
    }

    internal override FederationPlan Plan { get; }

    private static string Organisation { get; } = SampleOrganisations.Code(TestFederation.Beijing, IdentityRole.Verifier);

    [Test]
    public async Task ListLicences_CitizensToken_IsTaken() =>
        Assert.That((await List(Citizen(Holder("substantial")))).Licences.Single().LicenceId, Is.EqualTo(_card.Record.Id.ToString()));

    [TestCase("o1", SecurityAlgorithms.EcdsaSha256)]
    [TestCase("o2", SecurityAlgorithms.RsaSha256)]
    public async Task Verify_OperatorsTokenOfEitherKey_IsTaken(string kid, string algorithm) =>
        Assert.That((await Verify(_operators.Token(Beijing.Clock, Operator("110000"), kid, algorithm))).Verification.Verdict, Is.EqualTo(Verdict.Malformed));

    [Test]
    public void ListLicences_Expired_SaysSo() => Refuses(_citizens.Token(Beijing.Clock, Holder(), "c1", age: TimeSpan.FromHours(2)), "TOKEN_EXPIRED");

    [Test]
    public void ListLicences_NotYetValid_SaysSo() => Refuses(_citizens.Token(Beijing.Clock, Holder(), "c1", age: TimeSpan.FromMinutes(-5)), "TOKEN_NOT_YET_VALID");

    [Test]
    public void ListLicences_WithinItsOwnSkew_IsTaken() =>
        Assert.That(async () => await List(_citizens.Token(Beijing.Clock, Holder(), "c1", age: TimeSpan.FromSeconds(-50))), Throws.Nothing);

    [Test]
    public void ListLicences_ForAnotherService_SaysSo() => Refuses(_citizens.Token(Beijing.Clock, Holder(), "c1", audience: "tax-office"), "TOKEN_WRONG_AUDIENCE");

    [Test]
    public void ListLicences_IssuerNotConfigured_SaysSo() =>
        Refuses(_citizens.Token(Beijing.Clock, Holder(), "c1", name: "https://elsewhere.example"), "TOKEN_ISSUER_UNKNOWN");

    [Test]
    public void ListLicences_InTheNameOfAnotherConfiguredIssuer_DoesNotHold() => Refuses(_strict.Token(Beijing.Clock, Holder(), "s1", name: _citizens.Name), "TOKEN_BAD_SIGNATURE");

    [Test]
    public void Verify_KeyOfAnotherConfiguredIssuer_IsUnknown() =>
        RefusesOperator(_strict.Token(Beijing.Clock, Operator("110000"), "s1", name: _operators.Name), "TOKEN_KEY_UNKNOWN");

    [Test]
    public void ListLicences_Unsigned_IsRefusedByItsAlgorithm() =>
        Refuses(TestProvider.Token(Beijing.Clock, Holder(), null, TestProvider.Audience, TimeSpan.Zero, _citizens.Name), "TOKEN_ALGORITHM_NOT_ALLOWED");

    [Test]
    public void ListLicences_InsistsOnAnExtension_IsRefused() => Refuses(
        TestTokens.Make(Beijing.Clock, Holder(), headers: new() { ["crit"] = new[] { "b64" }, ["b64"] = true }), "TOKEN_MALFORMED");

    [Test]
    public void ListLicences_PublicKeyAsSecret_IsRefusedByItsAlgorithm()
    {
        var secret = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(_citizens.PublicPem("c1")));

        Refuses(
            TestProvider.Token(Beijing.Clock, Holder(), new SigningCredentials(secret, SecurityAlgorithms.HmacSha256), TestProvider.Audience, TimeSpan.Zero, _citizens.Name),
            "TOKEN_ALGORITHM_NOT_ALLOWED");
    }

    [Test]
    public void Verify_SecretOfTheKeySet_IsRefusedByItsAlgorithm()
    {
        var secret = new SymmetricSecurityKey(Base64UrlEncoder.DecodeBytes("c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA")) { KeyId = "secret" };

        RefusesOperator(
            TestProvider.Token(Beijing.Clock, Operator("110000"), new SigningCredentials(secret, SecurityAlgorithms.HmacSha256), TestProvider.Audience, TimeSpan.Zero, _operators.Name),
            "TOKEN_ALGORITHM_NOT_ALLOWED");
    }

    [Test]
    public void Verify_AlgorithmNotOfThisIssuer_SaysWhichAre() =>
        RefusesOperator(_operators.Token(Beijing.Clock, Operator("110000"), "o2", SecurityAlgorithms.RsaSsaPssSha256), "TOKEN_ALGORITHM_NOT_ALLOWED");

    [Test]
    public void ListLicences_OperatorsIssuerSpeaksForAHolder_SaysSo() => Refuses(_operators.Token(Beijing.Clock, Holder(), "o1"), "TOKEN_ISSUER_NOT_FOR_HOLDERS");

    [Test]
    public void Verify_CitizensIssuerSpeaksForAnOperator_SaysSo() => RefusesOperator(Citizen(Operator("110000")), "TOKEN_ISSUER_NOT_FOR_OPERATORS");

    [Test]
    public void Verify_IssuerSpeaksForAnotherRegionsOperator_SaysSo() =>
        RefusesOperator(_operators.Token(Beijing.Clock, Operator("120000"), "o1"), "TOKEN_ISSUER_NOT_FOR_REGION");

    [Test]
    public void Verify_OperatorOfAnotherRegionThatTheIssuerSpeaksFor_IsSentHome() =>
        RefusesOperator(_operators.Token(Beijing.Clock, Operator("130000"), "o1"), "OPERATOR_OF_ANOTHER_REGION");

    [Test]
    public void Verify_IssuerNamesWhoRunsTheNodes_SaysThatItMayNot()
    {
        var claims = Operator("110000");
        claims["roles"] = new[] { "clerk", "operations" };

        RefusesOperator(_operators.Token(Beijing.Clock, claims, "o1"), "TOKEN_ISSUER_NOT_FOR_OPERATIONS");
    }

    [Test]
    public void ListLicences_IssuerSpeaksForAKindOfHolderNotItsOwn_SaysSo() =>
        Refuses(Citizen(new() { ["holder_code"] = _business.Record.Holder.Code, ["holder_code_type"] = "001", ["loa"] = "high" }), "TOKEN_ISSUER_NOT_FOR_CODE_TYPE");

    [Test]
    public void ListLicences_HolderAndOperatorAtOnce_IsRefused()
    {
        var claims = Holder();
        claims["org"] = Organisation;

        Refuses(Citizen(claims), "TOKEN_NAMES_TWO");
    }

    [Test]
    public void ListLicences_CodeWithoutType_NamesNobody() => Refuses(Citizen(new() { ["holder_code"] = _card.Record.Holder.Code, ["loa"] = "high" }), "TOKEN_NAMES_NOBODY");

    [Test]
    public void ListLicences_LevelUnknown_SaysSo() => Refuses(Citizen(Holder("enormous")), "TOKEN_LEVEL_UNKNOWN");

    [TestCase("low")]
    [TestCase(null)]
    public void ListLicences_LevelLow_SaysWhatIsNeeded(string? level)
    {
        var error = Of(List(Citizen(Holder(level))));

        Assert.That((error.StatusCode, error.Reason), Is.EqualTo((StatusCode.Unauthenticated, "TOKEN_LEVEL_TOO_LOW")));
        Assert.That(error.Message, Does.Contain("has level of assurance low").And.Contain("at least substantial"));
    }

    [Test]
    public async Task CreatePresentation_ScenarioOfHighLevel_NeedsIt()
    {
        var request = new CreatePresentationRequest { LicenceId = _card.Record.Id.ToString(), Scenario = "hotel-checkin" };
        var substantial = Of(Beijing.Connect("verifier").Presentations(Citizen(Holder("substantial"))).CreatePresentationAsync(request));
        var high = await Beijing.Connect("verifier").Presentations(Citizen(Holder("high"))).CreatePresentationAsync(request);

        Assert.That(substantial.Reason, Is.EqualTo("TOKEN_LEVEL_TOO_LOW"));
        Assert.That(high.Code, Is.Not.Empty);
    }

    [Test]
    public void ListLicences_BelowTheIssuersOwnLevel_SaysSo() => Refuses(_strict.Token(Beijing.Clock, Holder("substantial"), "s1"), "TOKEN_LEVEL_TOO_LOW");

    [Test]
    public async Task ListLicences_Refused_CarriesReasonAndBothLanguages()
    {
        using var channel = new RawChannel(Beijing, null);
        Google.Rpc.Status? status = null;
        try
        {
            await new PresentationService.PresentationServiceClient(channel.Calls).ListLicencesAsync(
                new ListLicencesRequest(), new Metadata { { "authorization", $"Bearer {_citizens.Token(Beijing.Clock, Holder(), "c1", age: TimeSpan.FromHours(2))}" } });
        }
        catch (RpcException e)
        {
            status = e.GetRpcStatus();
        }

        var info = status!.GetDetail<ErrorInfo>()!;
        Assert.That((info.Domain, info.Reason), Is.EqualTo(("crossprovince", "TOKEN_EXPIRED")));
        Assert.That(Texts(status!), Is.EqualTo(new[] { ("zh-CN", "令牌已过期，请重新登录。"), ("en", "The token has expired: sign in again.") }));
    }

    [TestCase("TOKEN_EXPIRED", "令牌已过期，请重新登录。")]
    [TestCase("NOBODY_CALLS", "既没有客户端证书，也没有登录令牌。")]
    public async Task GetLicences_RefusedOverJson_SaysTheSame(string reason, string zh)
    {
        using var web = new HttpClient { BaseAddress = Beijing.Web };
        if (reason == "TOKEN_EXPIRED")
        {
            web.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _citizens.Token(Beijing.Clock, Holder(), "c1", age: TimeSpan.FromHours(2)));
        }

        using var response = await web.GetAsync(new Uri("/v1/licences", UriKind.Relative));
        var details = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["details"]!.AsArray();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(response.Headers.WwwAuthenticate.ToString(), Is.EqualTo("Bearer"));
        Assert.That(details.Select(d => (string?)d!["reason"]), Has.Some.EqualTo(reason));
        Assert.That(details.Select(d => ((string?)d!["locale"], (string?)d["message"])), Has.Some.EqualTo(("zh-CN", zh)));
    }

    [Test]
    public async Task ListLicences_CompanysOwnToken_ListsAndShowsItsLicenceAsHolder()
    {
        var client = Beijing.Presentations(_business.Record.Holder.Code, "001");
        var listed = (await client.ListLicencesAsync(new ListLicencesRequest())).Licences.Single();
        var made = await client.CreatePresentationAsync(new CreatePresentationRequest { LicenceId = listed.LicenceId, Scenario = "counter-check" });

        Assert.That(listed.Presenter, Is.EqualTo(Presenter.Holder));
        Assert.That((await Beijing.Verifications.VerifyAsync(new VerifyRequest { Code = made.Code, TerminalId = "t" })).Verification.Presenter, Is.EqualTo(Presenter.Holder));
    }

    [Test]
    public async Task ListLicences_SameCodeOfAnotherType_IsSomebodyElse()
    {
        var stranger = Beijing.Presentations(_card.Record.Holder.Code, "999");

        Assert.That((await stranger.ListLicencesAsync(new ListLicencesRequest())).Licences, Is.Empty);
        Assert.That((await stranger.ListUsesAsync(new ListUsesRequest())).Uses, Is.Empty);
        stranger.CreatePresentationAsync(new CreatePresentationRequest { LicenceId = _card.Record.Id.ToString(), Scenario = "counter-check" })
            .IsRefused(StatusCode.NotFound, "no such licence");
    }

    [Test]
    public async Task CreatePresentation_AgentsCodeOfAnotherType_IsNotTheAgent()
    {
        var agent = _business.Record.Agents.Single();
        var request = new CreatePresentationRequest { LicenceId = _business.Record.Id.ToString(), Scenario = "counter-check" };

        Beijing.Presentations(agent.Code, "414").CreatePresentationAsync(request).IsRefused(StatusCode.NotFound, "no such licence");
        Assert.That((await Beijing.Presentations(agent.Code).CreatePresentationAsync(request)).Code, Is.Not.Empty);
    }

    [Test]
    public async Task CancelPresentation_SameCodeOfAnotherType_IsNotTheirs()
    {
        var made = await Beijing.PresentAsync(_card, "counter-check");
        var request = new CancelPresentationRequest { ShowingId = made.ShowingId };

        Beijing.Presentations(_card.Record.Holder.Code, "999").CancelPresentationAsync(request).IsRefused(StatusCode.NotFound, "no such showing");
        Assert.That((await Beijing.Presentations(_card.Record.Holder.Code).CancelPresentationAsync(request)).WithdrawnAt, Is.Not.Null);
    }

    [OneTimeTearDown]
    public async Task CleanAsync()
    {
        Directory.Delete(_folder, recursive: true);
        await _citizens.DisposeAsync();
        await _operators.DisposeAsync();
        await _strict.DisposeAsync();
    }

    protected override async Task PrepareAsync()
    {
        _card = await Beijing.TakeAsync(TestLicences.IdentityCard(TestFederation.Beijing, 1));
        _business = await Beijing.TakeAsync(TestLicences.BusinessLicence(TestFederation.Beijing, 2));
        await Federation.LetStandAsync();
    }

    private static Dictionary<string, object> Operator(string region) => new() { ["org"] = Organisation, ["region"] = region };

    private static IEnumerable<(string Locale, string Message)> Texts(Google.Rpc.Status status) =>
        status.Details.Where(d => d.Is(LocalizedMessage.Descriptor)).Select(d => d.Unpack<LocalizedMessage>()).Select(m => (m.Locale, m.Message));

    private Dictionary<string, object> Holder(string? level = "high")
    {
        var claims = new Dictionary<string, object> { ["holder_code"] = _card.Record.Holder.Code, ["holder_code_type"] = "111" };
        if (level is not null)
        {
            claims["loa"] = level;
        }

        return claims;
    }

    private string Citizen(Dictionary<string, object> claims) => _citizens.Token(Beijing.Clock, claims, "c1");

    private AsyncUnaryCall<ListLicencesResponse> List(string token) => Beijing.Connect("verifier").Presentations(token).ListLicencesAsync(new ListLicencesRequest());

    private AsyncUnaryCall<VerifyResponse> Verify(string token) =>
        Beijing.Connect("verifier").VerificationsAs(token).VerifyAsync(new VerifyRequest { Code = "x", TerminalId = "t" });

    private void Refuses(string token, string reason) => Refuses(List(token), reason);

    private void RefusesOperator(string token, string reason) => Refuses(Verify(token), reason);

    private static void Refuses<T>(AsyncUnaryCall<T> call, string reason)
    {
        var error = Of(call);
        Assert.That((error.StatusCode, error.Reason), Is.EqualTo((StatusCode.Unauthenticated, reason)), error.Message);
        Assert.That(error.Text.Zh.Any(c => c > '\u4dff'), Is.True, "The sentence in Chinese is Chinese.");
        Assert.That(error.Text.En, Is.Not.EqualTo(error.Text.Zh).And.Not.Empty);
    }
}
