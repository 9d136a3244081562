using System.Text.Json;
using CrossProvince.Cli.Tests.Fakes;
using CrossProvince.Contracts.Presentation.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace CrossProvince.Cli.Tests.Presenting;

internal sealed class PresentCommandTests : NodeFixture
{
    private string? _authorization;
    private CreatePresentationRequest? _request;

    [SetUp]
    public void AnswerWithACode() => Node.OnPresent = (request, authorization) =>
    {
        (_request, _authorization) = (request, authorization);
        return new CreatePresentationResponse { Code = "CP12KCE", ShowingId = "0123456789ab", Png = ByteString.CopyFrom(1, 2), Svg = "<svg/>" };
    };

    [Test]
    public async Task Present_WithoutToken_SignsInThroughTheSampleIssuer()
    {
        string? asked = null;
        Node.OnToken = body =>
        {
            asked = body;
            return Results.Json(new { access_token = "t0", expires_in = 300 });
        };
        var run = await RunAsync("present", "--licence", "L1", "--scenario", "counter-check", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(asked, Is.EqualTo("""{"licence_id":"L1","as":"holder"}"""));
        Assert.That(_authorization, Is.EqualTo("Bearer t0"));
        using var result = JsonDocument.Parse(run.Out);
        Assert.That(result.RootElement.GetProperty("code").GetString(), Is.EqualTo("CP12KCE"));
        Assert.That(result.RootElement.GetProperty("showingId").GetString(), Is.EqualTo("0123456789ab"));
    }

    [Test]
    public async Task Present_AsAGuardian_AsksForThatGuardiansToken()
    {
        string? asked = null;
        Node.OnToken = body =>
        {
            asked = body;
            return Results.Json(new { access_token = "t1" });
        };
        var run = await RunAsync("present", "--licence", "L1", "--scenario", "newborn-service", "--presenter", "guardian", "--as", "11010519491231002X", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(asked, Is.EqualTo("""{"licence_id":"L1","as":"guardian","code":"11010519491231002X"}"""));
        Assert.That(_request!.Presenter, Is.EqualTo(Presenter.Guardian));
    }

    [Test]
    public async Task Present_TokenAndFiles_WritesThePictures()
    {
        var (png, svg) = (Path.Combine(Folder, "c.png"), Path.Combine(Folder, "c.svg"));
        var run = await RunAsync("present", "--licence", "L1", "--scenario", "s", "--token", "mine", "--showing", "0123456789ab", "--png", png, "--svg", svg);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(_authorization, Is.EqualTo("Bearer mine"));
        Assert.That(_request!.ShowingId, Is.EqualTo("0123456789ab"));
        Assert.That(_request.Formats, Is.EquivalentTo(new[] { PictureFormat.Png, PictureFormat.Svg }));
        Assert.That(File.ReadAllBytes(png), Is.EqualTo(new byte[] { 1, 2 }));
        Assert.That(File.ReadAllText(svg), Is.EqualTo("<svg/>"));
        Assert.That(run.Out, Does.Contain("CP12KCE").And.Contains("0123456789ab"));
    }

    [Test]
    public async Task Present_NodeWithoutSampleIssuer_AsksForAToken()
    {
        var run = await RunAsync("present", "--licence", "L1", "--scenario", "s");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("--token"));
    }

    [Test]
    public async Task Present_LicenceNotInForce_IsExit1()
    {
        Node.OnPresent = (_, _) => throw new RpcException(new Status(StatusCode.FailedPrecondition, "the licence is suspended"));
        var run = await RunAsync("present", "--licence", "L1", "--scenario", "s", "--token", "mine");
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain("the licence is suspended"));
    }

    [Test]
    public async Task Present_NodeUnreachable_IsExit3AlsoWhenSigningIn()
    {
        var run = await Run.OfAsync("present", "--licence", "L1", "--scenario", "s", "--node", "https://127.0.0.1:1", "--identity", Identity, "--lang", "en");
        Assert.That(run.ExitCode, Is.EqualTo(3));
        Assert.That(run.Error, Does.Contain("can't be reached"));
    }
}
