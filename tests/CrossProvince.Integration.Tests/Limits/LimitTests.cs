using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using CrossProvince.Cli.Certs;
using CrossProvince.Client.Connecting;
using CrossProvince.Contracts.Catalogue.V1;
using CrossProvince.Contracts.Licences.V1;
using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Integration.Tests.Identity;
using CrossProvince.Integration.Tests.Nodes;
using Grpc.Core;
using static CrossProvince.Integration.Tests.Nodes.Refusal;

namespace CrossProvince.Integration.Tests.Limits;

/// <summary>How much is taken at once, and that what one caller may not have costs no other anything.</summary>
[Category("Alone"), Parallelizable(ParallelScope.None)]
public sealed class LimitTests : FederationFixture
{
    private const int Burst = 1_000;
    private const int Connections = 100;
    private const int MessageBytes = 256 * 1024;

    /// <summary>In the partner file from the start, for it is read again only once a second.</summary>
    private const int Organisations = 20;

    private static readonly VerifyRequest s_request = new() { Code = "x", TerminalId = "t" };

    private int _organisations;

    internal override FederationPlan Plan { get; } = new()
    {
        Running = [TestFederation.Beijing],
        Settings = new Dictionary<string, string>
        {
            ["Limits:MessageBytes"] = $"{MessageBytes}",
            ["Limits:HeaderBytes"] = "8192",
            ["Limits:Connections"] = $"{Connections}",
            ["Limits:Organisation:PerSecond"] = "10",
            ["Limits:Organisation:Burst"] = $"{Burst}",
            ["Limits:Organisation:Calls"] = "4",
            ["Limits:Person:PerSecond"] = "1",
            ["Limits:Person:Burst"] = "5",
            ["Limits:PersonCodesPerMinute"] = "3",
            ["Limits:Stranger:PerSecond"] = "1",
            ["Limits:Stranger:Burst"] = "20",
        },
    };

    [Test]
    public async Task VerifyBatch_BucketEmpty_SaysWhenToTryAgain()
    {
        var client = Organisation().Verifications;
        await client.VerifyBatchAsync(Batch(Burst - 10));
        var error = Of(client.VerifyBatchAsync(Batch(Burst)));

        Assert.That((error.StatusCode, error.Reason), Is.EqualTo((StatusCode.ResourceExhausted, "RATE_LIMITED")));
        Assert.That(error.RetryAfter, Is.GreaterThan(TimeSpan.FromSeconds(10)).And.LessThanOrEqualTo(TimeSpan.FromSeconds(100)), "Ten a second fill the bucket in a hundred seconds.");
    }

    [Test]
    public async Task VerifyBatch_BucketEmptyOverJson_Is429WithRetryAfter()
    {
        var http = Organisation().Http;
        using var first = await PostAsync(http, Burst - 10);
        using var response = await PostAsync(http, Burst);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(response.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.FromSeconds(1)));
        Assert.That((int)error["code"]!, Is.EqualTo((int)StatusCode.ResourceExhausted));
        Assert.That(error["details"]!.AsArray().Select(d => (string?)d!["reason"]), Has.Some.EqualTo("RATE_LIMITED"));
        Assert.That(error["details"]!.AsArray().Select(d => (string?)d!["retryDelay"]), Has.Some.Not.Null);
    }

    [Test]
    public async Task Verify_OperatorOfTheSameOrganisation_SharesItsBucket()
    {
        var organisation = NextOrganisation();
        var certificate = Organisation(organisation);
        await certificate.Verifications.VerifyBatchAsync(Batch(Burst));
        var operators = certificate.VerificationsAs(TestTokens.Operator(organisation, "110000", "t", Beijing.Clock));

        Assert.That(Of(operators.VerifyBatchAsync(Batch(Burst))).Reason, Is.EqualTo("RATE_LIMITED"));
    }

    [Test]
    public async Task Verify_AnotherOrganisationFloods_IsAnsweredAsBefore()
    {
        var (noisy, quiet) = (Organisation(), Organisation().Verifications);
        var alone = await MedianAsync(quiet);
        using var stop = new CancellationTokenSource();
        var flood = Enumerable.Range(0, 3).Select(_ => FloodAsync(noisy.Verifications, stop.Token)).ToArray();
        var beside = await MedianAsync(quiet);
        await stop.CancelAsync();
        var refused = (await Task.WhenAll(flood)).Sum();

        TestContext.Out.WriteLine($"Median alone {alone.TotalMilliseconds:F1} ms, beside a flood {beside.TotalMilliseconds:F1} ms; {refused} calls of the flood were refused.");
        Assert.That(refused, Is.Positive);
        Assert.That(beside, Is.LessThan((alone * 10) + TimeSpan.FromMilliseconds(200)));
    }

    [Test]
    public async Task VerifyStream_FasterThanTheBucketFills_IsSlowedAndNotRefused()
    {
        var client = Organisation().Verifications;
        await client.VerifyBatchAsync(Batch(Burst - 5));
        var start = Stopwatch.GetTimestamp();
        using var stream = client.VerifyStream();
        for (var i = 0; i < 50; i++)
        {
            await stream.RequestStream.WriteAsync(new VerifyStreamRequest { Request = s_request });
        }

        await stream.RequestStream.CompleteAsync();
        var answers = 0;
        await foreach (var answer in stream.ResponseStream.ReadAllAsync())
        {
            Assert.That(answer.Result.Verification.Verdict, Is.EqualTo(Verdict.Malformed));
            answers++;
        }

        Assert.That(answers, Is.EqualTo(50));
        Assert.That(Stopwatch.GetElapsedTime(start), Is.GreaterThan(TimeSpan.FromSeconds(1)), "45 codes more than the bucket held, at ten a second.");
    }

    [Test]
    public async Task VerifyStream_MoreAtOnceThanAllowed_IsRefusedUntilOneEnds()
    {
        var client = Organisation().Verifications;
        var open = new List<AsyncDuplexStreamingCall<VerifyStreamRequest, VerifyStreamResponse>>();
        for (var i = 0; i < 4; i++)
        {
            open.Add(client.VerifyStream());
            await open[^1].RequestStream.WriteAsync(new VerifyStreamRequest { Request = s_request });
            Assert.That(await open[^1].ResponseStream.MoveNext(CancellationToken.None), Is.True);
        }

        var error = Of(client.VerifyAsync(s_request));
        await open[0].RequestStream.CompleteAsync();
        Assert.That(await open[0].ResponseStream.MoveNext(CancellationToken.None), Is.False);

        Assert.That((error.Reason, error.RetryAfter), Is.EqualTo(("TOO_MANY_CALLS", TimeSpan.FromSeconds(1))));
        await Eventually.HoldsAsync(async () => await IsTakenAsync(client), "the place of the stream that ended is free");
        open.ForEach(o => o.Dispose());
    }

    [Test]
    public async Task ImportLicences_MoreLinesThanTheBucketHolds_AreAllTaken()
    {
        using var call = Beijing.Licences.ImportLicences();
        for (var i = 0; i < 15; i++)
        {
            await call.RequestStream.WriteAsync(new ImportLicencesRequest { FirstLineNumber = (i * 100) + 1, Lines = { Enumerable.Repeat("{}", 100) } });
        }

        await call.RequestStream.CompleteAsync();
        var lines = 0L;
        await foreach (var answer in call.ResponseStream.ReadAllAsync())
        {
            lines = answer.Lines;
        }

        Assert.That(lines, Is.EqualTo(1_500).And.GreaterThan(Burst));
    }

    [Test]
    public async Task Verify_PersonWithMoreCodesThanAMinuteAllows_IsExhausted()
    {
        var client = Beijing.Connect("verifier").VerificationsAs(TestTokens.Holder(TestLicences.Person(TestFederation.Beijing, 1), Beijing.Clock));
        await client.VerifyBatchAsync(Batch(3));
        var error = Of(client.VerifyBatchAsync(Batch(2)));

        Assert.That((error.StatusCode, error.Reason), Is.EqualTo((StatusCode.ResourceExhausted, "PERSON_CODES")));
        Assert.That(error.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
    }

    [Test]
    public void VerifyBatch_PersonWithMoreCodesThanAreEverAllowed_NamesTheField()
    {
        var client = Beijing.Connect("verifier").VerificationsAs(TestTokens.Holder(TestLicences.Person(TestFederation.Beijing, 2), Beijing.Clock));

        Assert.That(Of(client.VerifyBatchAsync(Batch(4))).Field, Is.EqualTo("requests"));
    }

    [Test]
    public async Task ListLicences_PersonTooOften_IsExhaustedAndOthersAreNot()
    {
        var often = Beijing.Presentations(TestLicences.Person(TestFederation.Beijing, 3));
        var error = Of(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                await often.ListLicencesAsync(new ListLicencesRequest());
            }
        });

        Assert.That(error.Reason, Is.EqualTo("RATE_LIMITED"));
        Assert.That(async () => await Beijing.Presentations(TestLicences.Person(TestFederation.Beijing, 4)).ListLicencesAsync(new ListLicencesRequest()), Throws.Nothing);
    }

    [Test]
    public async Task ListLicenceTypes_StrangerTooOften_IsExhaustedByAddress()
    {
        using var channel = new RawChannel(Beijing, null);
        var client = new CatalogueService.CatalogueServiceClient(channel.Calls);
        var statuses = new List<StatusCode>();
        for (var i = 0; i < 200 && (i == 0 || statuses[^1] == StatusCode.OK); i++)
        {
            statuses.Add(await StatusAsync(() => client.ListLicenceTypesAsync(new ListLicenceTypesRequest())));
        }

        Assert.That(statuses[0], Is.EqualTo(StatusCode.OK));
        Assert.That(statuses[^1], Is.EqualTo(StatusCode.ResourceExhausted));
    }

    [Test]
    public async Task GetHeads_OrganisationTooOften_Is429()
    {
        var connection = Organisation();
        await connection.Verifications.VerifyBatchAsync(Batch(Burst));
        HttpResponseMessage response;
        do
        {
            response = await connection.Http.GetAsync(new Uri("/v1/heads/110000", UriKind.Relative));
        }
        while (response.StatusCode == HttpStatusCode.OK);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(response.Headers.RetryAfter, Is.Not.Null);
        response.Dispose();
    }

    [Test]
    public async Task Verify_MessageTooLarge_SaysSoWithoutATimeToTryAgain()
    {
        var error = Of(Organisation().Verifications.VerifyAsync(new VerifyRequest { Code = new string('A', MessageBytes + 100), TerminalId = "t" }));

        Assert.That((error.StatusCode, error.Reason, error.RetryAfter), Is.EqualTo((StatusCode.ResourceExhausted, "MESSAGE_TOO_LARGE", default(TimeSpan?))));
        Assert.That(error.Text.Zh, Does.Contain("消息超过"));
    }

    [TestCase(MessageBytes + 100)]
    [TestCase(MessageBytes * 3)]
    public async Task Verify_BodyTooLargeOverJson_Is413(int length)
    {
        var http = Organisation().Http;
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/verifications", UriKind.Relative))
        {
            Content = new StringContent($$"""{"code": "{{new string('A', length)}}"}""", Encoding.UTF8, "application/json"),
        };

        // The node answers before the body has come, and hangs up; who asks first whether to send it is sure to read the answer.
        request.Headers.ExpectContinue = true;
        using var response = await http.SendAsync(request);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("MESSAGE_TOO_LARGE"));
    }

    [Test]
    public async Task Get_HeadersTooLarge_Is431()
    {
        using var web = new HttpClient { BaseAddress = Beijing.Web };
        web.DefaultRequestHeaders.Add("x-long", new string('a', 10_000));
        using var response = await web.GetAsync(new Uri("/healthz/live", UriKind.Relative));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.RequestHeaderFieldsTooLarge));
    }

    [Test]
    public async Task Connect_MoreThanAllowed_IsClosedAtOnce()
    {
        var clients = new List<TcpClient>();
        try
        {
            var closed = 0;
            for (var i = 0; i < Connections + 5; i++)
            {
                clients.Add(new TcpClient());
                await clients[^1].ConnectAsync(IPAddress.Loopback, Beijing.Web.Port);
            }

            foreach (var client in clients[^5..])
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
                closed += await IsClosedAsync(client, patience.Token) ? 1 : 0;
            }

            Assert.That(closed, Is.EqualTo(5));
        }
        finally
        {
            clients.ForEach(c => c.Dispose());
        }
    }

    [Test]
    public async Task Call_RpcThatDoesNotExist_SaysSoInBothLanguages()
    {
        var none = new Method<VerifyRequest, VerifyResponse>(
            MethodType.Unary, "crossprovince.verification.v1.VerificationService", "Guess", Marshaller<VerifyRequest>(VerifyRequest.Parser), Marshaller<VerifyResponse>(VerifyResponse.Parser));
        using var channel = new RawChannel(Beijing, null);
        Google.Rpc.Status? status = null;
        try
        {
            await channel.Calls.AsyncUnaryCall(none, null, default, new VerifyRequest());
        }
        catch (RpcException e)
        {
            status = e.GetRpcStatus();
        }

        Assert.That(status?.Code, Is.EqualTo((int)StatusCode.Unimplemented));
        Assert.That(status!.GetDetail<Google.Rpc.ErrorInfo>()?.Reason, Is.EqualTo("UNIMPLEMENTED"));
    }

    private static Marshaller<T> Marshaller<T>(Google.Protobuf.MessageParser<T> parser)
        where T : Google.Protobuf.IMessage<T> => Marshallers.Create(m => Google.Protobuf.MessageExtensions.ToByteArray(m), parser.ParseFrom);

    private static VerifyBatchRequest Batch(int codes) => new() { Requests = { Enumerable.Repeat(s_request, codes) } };

    private static async Task<HttpResponseMessage> PostAsync(HttpClient http, int codes) => await http.PostAsync(
        new Uri("/v1/verifications:batch", UriKind.Relative),
        new StringContent($$"""{"requests": [{{string.Join(',', Enumerable.Repeat("""{"code": "x", "terminalId": "t"}""", codes))}}]}""", Encoding.UTF8, "application/json"));

    private static async Task<bool> IsClosedAsync(TcpClient client, CancellationToken cancellation)
    {
        try
        {
            return await client.GetStream().ReadAsync(new byte[1], cancellation) == 0;
        }
        catch (IOException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task<bool> IsTakenAsync(VerificationService.VerificationServiceClient client)
    {
        try
        {
            await client.VerifyAsync(s_request);
            return true;
        }
        catch (NodeException e) when (e.Reason == "TOO_MANY_CALLS")
        {
            return false;
        }
    }

    private static async Task<StatusCode> StatusAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        try
        {
            await call();
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    private static async Task<int> FloodAsync(VerificationService.VerificationServiceClient client, CancellationToken stop)
    {
        var refused = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await client.VerifyBatchAsync(Batch(200), cancellationToken: CancellationToken.None);
            }
            catch (NodeException e) when (e.StatusCode == StatusCode.ResourceExhausted)
            {
                refused++;
            }
        }

        return refused;
    }

    private static async Task<TimeSpan> MedianAsync(VerificationService.VerificationServiceClient client)
    {
        var times = new List<TimeSpan>();
        for (var i = 0; i < 50; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await client.VerifyAsync(s_request);
            times.Add(Stopwatch.GetElapsedTime(start));
        }

        times.Sort();
        return times[times.Count / 2];
    }

    protected override Task PrepareAsync() => Beijing.ChangePartnersAsync(partners =>
    {
        for (var i = 0; i < Organisations; i++)
        {
            partners.Add(new JsonObject { ["organisation"] = OrganisationAt(i), ["role"] = "verifier" });
        }
    });

    private static string OrganisationAt(int i) => SampleOrganisations.Code(TestFederation.Beijing, (IdentityRole)(10 + i));

    private string NextOrganisation() => OrganisationAt(_organisations++);

    /// <summary>A verifier with a full bucket of its own.</summary>
    private NodeConnection Organisation(string? organisation = null) => Beijing.Connect(Beijing.MakeIdentity(IdentityRole.Verifier, organisation ?? NextOrganisation()));
}
