using System.Text.Json;
using CrossProvince.Cli.Presenting;
using CrossProvince.Cli.Tests.Fakes;
using CrossProvince.Contracts.Presentation.V1;
using Microsoft.AspNetCore.Http;

namespace CrossProvince.Cli.Tests.Presenting;

internal sealed class TokenCommandTests : NodeFixture
{
    private string? _asked;

    [SetUp]
    public void AnswerWithAToken() => Node.OnToken = body =>
    {
        _asked = body;
        return Results.Json(new { access_token = "t0", expires_in = 300 });
    };

    [Test]
    public async Task Token_OfAnOperator_IsWrittenBare()
    {
        var run = await RunAsync("token", "--operator", "ORG", "--terminal", "T1", "--loa", "low");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out.Trim(), Is.EqualTo("t0"));
        Assert.That(_asked, Is.EqualTo("""{"as":"operator","org":"ORG","terminal":"T1","loa":"low"}"""));
    }

    [Test]
    public async Task Token_OfWhoRunsTheNodes_NamesTheRole()
    {
        await RunAsync("token", "--operator", "ORG", "--role", "operations");
        Assert.That(_asked, Is.EqualTo("""{"as":"operator","org":"ORG","roles":["operations"]}"""));
    }

    [Test]
    public async Task Token_OfAPersonByCode_IsOneJsonObject()
    {
        var run = await RunAsync("token", "--as", "91110000XXX000002A", "--code-type", "001", "--json");
        using var result = JsonDocument.Parse(run.Out);
        Assert.That(result.RootElement.GetProperty("accessToken").GetString(), Is.EqualTo("t0"));
        Assert.That(_asked, Is.EqualTo("""{"code":"91110000XXX000002A","code_type":"001"}"""));
    }

    [TestCase]
    [TestCase("--operator", "ORG", "--licence", "L1")]
    [TestCase("--licence", "L1", "--role", "operations")]
    [TestCase("--licence", "L1", "--loa", "royal")]
    public async Task Token_AskedWrongly_IsExit2(params string[] args) => Assert.That((await RunAsync(["token", .. args])).ExitCode, Is.EqualTo(2));

    [TestCase("zh", "样例登录失败（400）：org 是必需的。")]
    [TestCase("en", "The sample sign-in failed (400): org is required.")]
    public async Task Token_Refused_SaysWhyInTheChosenLanguage(string language, string expected)
    {
        Node.OnToken = _ => Results.Json(
            new { code = 3, message = "org is required.", details = new object[] { new { reason = "FIELD_INVALID" }, new { locale = "zh-CN", message = "org 是必需的。" }, new { locale = "en", message = "org is required." } } },
            statusCode: StatusCodes.Status400BadRequest);
        var run = await Run.OfAsync("token", "--as", "1", "--node", Node.Address, "--identity", Identity, "--lang", language);

        Assert.That((run.ExitCode, run.Error.Trim()), Is.EqualTo((2, expected)));
    }

    [Test]
    public async Task Present_TokenInTheEnvironment_IsTaken()
    {
        string? authorization = null;
        Node.OnPresent = (_, sent) =>
        {
            authorization = sent;
            return new CreatePresentationResponse { Code = "CP12KCE" };
        };
        Environment.SetEnvironmentVariable(TokenOption.Variable, "quiet");
        try
        {
            await RunAsync("present", "--licence", "L1", "--scenario", "s");
        }
        finally
        {
            Environment.SetEnvironmentVariable(TokenOption.Variable, null);
        }

        Assert.That((authorization, _asked), Is.EqualTo(("Bearer quiet", default(string))));
    }
}
