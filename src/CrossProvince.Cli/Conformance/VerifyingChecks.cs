using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Status;
using Google.Protobuf;
using Grpc.Core;

namespace CrossProvince.Cli.Conformance;

/// <summary>What a verifier of the region gets: verdicts of codes that every node answers alike, errors, repetition, batches, streams.</summary>
internal static class VerifyingChecks
{
    private const string Protos = "protos, VerificationService";
    private const string Steps = "docs/payload.md, Order of checks and verdicts";
    private const int LargestBatch = 1000;
    private static readonly TimeSpan s_clockDifference = TimeSpan.FromSeconds(30);

    internal static IEnumerable<Check> Of(Target target)
    {
        foreach (var group in Target.Vectors.GroupBy(vector => (vector.Verdict, vector.Number)))
        {
            yield return new(
                $"verdict-{group.Key.Verdict.ToLowerInvariant().Replace('_', '-')}", new("测试向量的判定", "verdict of test vectors"), Steps, $"{group.Key.Verdict} ({group.Key.Number}) for {group.Count()} texts of tests/Vectors/codes.json", Need.Verifier,
                cancellationToken => VectorsAsync(target, [.. group], cancellationToken));
        }

        yield return new("answer-complete", new("应答的内容", "what an answer says"), Protos, "id, time of now, words in both languages, trust list version, mode LOCAL", Need.Verifier, async cancellationToken =>
        {
            var answer = await AskAsync(target, Request(), cancellationToken);
            var late = (answer.VerifiedAt?.ToDateTimeOffset() - TimeProvider.System.GetUtcNow())?.Duration();
            string?[] wrong =
            [
                answer.VerificationId.Length > 0 ? null : "no verification_id",
                answer.Message is { Zh.Length: > 0, En.Length: > 0 } ? null : "no words in both languages",
                answer.TrustListVersion > 0 ? null : "no trust_list_version",
                answer.Mode == VerificationMode.Local ? null : $"mode {answer.Mode}",
                late < s_clockDifference ? null : $"verified_at is {late?.TotalSeconds.ToString("0", System.Globalization.CultureInfo.InvariantCulture) ?? "missing"} s away",
            ];
            return Finding.Of(wrong.All(part => part is null), string.Join("; ", wrong.OfType<string>().DefaultIfEmpty("all of it")));
        });
        yield return new("answer-says-nothing-unsigned", new("签名不成立时不透露内容", "nothing is said of a code whose signature does not hold"), Steps, "no region, type, scenario, display", Need.Verifier, async cancellationToken =>
        {
            var answer = await AskAsync(target, Request(text: Target.Vectors.First(vector => vector.Verdict == "UNKNOWN_KEY").Text), cancellationToken);
            var said = answer.IssuingRegion + answer.LicenceType + answer.Scenario + (answer.Display is null ? "" : "display");
            return Finding.Of(said.Length == 0, said.Length == 0 ? "nothing" : said);
        });

        foreach (var (field, what, change) in new (string, LocalizedText, Action<VerifyRequest>)[]
        {
            ("code", new("没有码", "no code"), request => request.Code = ""),
            ("terminal_id", new("没有终端", "no terminal"), request => request.TerminalId = ""),
            ("scenario", new("未知的应用场景", "a scenario that there is not"), request => request.Scenario = "no-such-scenario"),
            ("request_id", new("过长的请求编号", "a request id of 65 characters"), request => request.RequestId = new string('x', 65)),
        })
        {
            yield return new($"error-{field.Replace('_', '-')}", what, Protos, $"INVALID_ARGUMENT that names {field}", Need.Verifier, cancellationToken =>
            {
                var request = Request();
                change(request);
                return ErrorForm.OfAsync(() => AskAsync(target, request, cancellationToken), StatusCode.InvalidArgument, field);
            });
        }

        yield return new("unknown-fields", new("较新版本的字段", "fields of a newer version"), "docs/adr/0064", "they are ignored: the same answer as without them", Need.Verifier, async cancellationToken =>
        {
            // Field 1000 as a text, as some later version may send it.
            byte[] newer = [.. Request().ToByteArray(), 0xC2, 0x3E, 0x03, 0x6E, 0x65, 0x77];
            var answer = await AskAsync(target, VerifyRequest.Parser.ParseFrom(newer), cancellationToken);
            return Finding.Of(answer.Verdict == Verdict.Truncated, Name(answer));
        });
        yield return new("request-id-repeated", new("重复的请求编号", "the same request twice"), "protos, VerifyRequest.request_id", "the recorded answer: the same verdict, id and time", Need.Verifier, async cancellationToken =>
        {
            var request = Request();
            request.RequestId = $"{Guid.NewGuid():N}";
            var (first, second) = (await AskAsync(target, request, cancellationToken), await AskAsync(target, request, cancellationToken));
            var same = first.VerificationId == second.VerificationId && first.Verdict == second.Verdict && Equals(first.VerifiedAt, second.VerifiedAt);
            return Finding.Of(same, same ? "the same" : $"{Name(first)} {first.VerificationId}, then {Name(second)} {second.VerificationId}");
        });
        yield return new("request-id-new", new("新的请求编号", "another request of the same code"), "protos, VerifyRequest.request_id", "a verification of its own", Need.Verifier, async cancellationToken =>
        {
            var (first, second) = (await AskAsync(target, Request(), cancellationToken), await AskAsync(target, Request(), cancellationToken));
            return Finding.Of(first.VerificationId != second.VerificationId, first.VerificationId != second.VerificationId ? "two ids" : "one id");
        });
        yield return new("batch-order", new("批量核验的次序", "a batch"), "protos, VerifyBatch", "one result each, in order; what is wrong with one request is its own error", Need.Verifier, cancellationToken => BatchAsync(target, cancellationToken));
        yield return new("batch-too-large", new("过大的批量", "a batch of 1,001"), "protos, VerifyBatch", "INVALID_ARGUMENT that names requests", Need.Verifier, cancellationToken => ErrorForm.OfAsync(
            () => target.Verifier!.Verifications.VerifyBatchAsync(new VerifyBatchRequest { Requests = { Enumerable.Repeat(Request(), LargestBatch + 1) } }, cancellationToken: cancellationToken).ResponseAsync,
            StatusCode.InvalidArgument,
            "requests"));
        yield return new("stream-positions", new("流式核验", "a stream"), "protos, VerifyStream", "one answer each, with the request's position and request_id", Need.Verifier, cancellationToken => StreamAsync(target, cancellationToken));
        yield return new("receipt", new("核验凭据", "a receipt"), "docs/signed-documents.md, Verification receipt", "signed by a receipt key of the region; says what the answer says", Need.Verifier | Need.Trust, async cancellationToken =>
        {
            var answer = await AskAsync(target, Request(change: request => request.WantReceipt = true), cancellationToken);
            try
            {
                var receipt = VerificationReceiptDocument.Open(answer.Receipt.Memory, target.Trust!, target.Region, Target.Now);
                var same = receipt.VerificationId == answer.VerificationId && (int)receipt.Verdict == (int)answer.Verdict && receipt.TrustListVersion == answer.TrustListVersion;
                return Finding.Of(same, same ? "signed; says the same" : "signed, but says something else than the answer");
            }
            catch (StatusDocumentException e)
            {
                return Finding.Of(false, e.Message);
            }
        });
        yield return new("code-valid", new("刚制作的亮证码", "a code made a moment ago"), Steps, "VALID; the same request again gets the same answer", Need.Verifier | Need.Code, async cancellationToken =>
        {
            var request = Request(target.Code, request => request.RequestId = $"{Guid.NewGuid():N}");
            var (first, second) = (await AskAsync(target, request, cancellationToken), await AskAsync(target, request, cancellationToken));
            return Finding.Of(first.Verdict == Verdict.Valid && second.Verdict == Verdict.Valid && first.VerificationId == second.VerificationId, $"{Name(first)}, then {Name(second)} with {(first.VerificationId == second.VerificationId ? "the same" : "another")} id");
        });
        yield return new("code-used-by-another", new("单次使用", "single use"), "docs/payload.md, Single use", "of a scenario for one use: REPLAYED at another terminal, VALID and repeated at the same", Need.Verifier | Need.Code, async cancellationToken =>
        {
            var same = await AskAsync(target, Request(target.Code), cancellationToken);
            var other = await AskAsync(target, Request(target.Code, request => request.TerminalId = "conformance-2"), cancellationToken);
            return target.Catalogue.FindScenario(same.Scenario) is not { } scenario ? Finding.Of(false, Name(same))
                : scenario.Use == Core.Catalogue.UseRule.Many ? Finding.Skip($"scenario {scenario.Id} allows many uses; make the code for another")
                : Finding.Of(same is { Verdict: Verdict.Valid, Repeated: true } && other.Verdict == Verdict.Replayed, $"{Name(same)}{(same.Repeated ? " and repeated" : "")}, then {Name(other)}");
        });
    }

    private static async Task<Finding> VectorsAsync(Target target, IReadOnlyList<(string Id, string Text, string Verdict, int Number)> vectors, CancellationToken cancellationToken)
    {
        var batch = new VerifyBatchRequest { Requests = { vectors.Select(vector => Request(vector.Text)) } };
        var answer = await target.Verifier!.Verifications.VerifyBatchAsync(batch, cancellationToken: cancellationToken);
        if (answer.Results.Count != vectors.Count)
        {
            return Finding.Of(false, $"{answer.Results.Count} results for {vectors.Count} requests");
        }

        var wrong = vectors.Zip(answer.Results).Where(pair => (int)(pair.Second.Verification?.Verdict ?? 0) != pair.First.Number).Select(pair => $"{pair.First.Id}: {Name(pair.Second)}").ToArray();
        return Finding.Of(wrong.Length == 0, wrong.Length == 0 ? $"{vectors.Count} of {vectors.Count}" : string.Join("; ", wrong.Take(5)) + (wrong.Length > 5 ? $"; {wrong.Length - 5} more" : ""));
    }

    private static async Task<Finding> BatchAsync(Target target, CancellationToken cancellationToken)
    {
        var unknown = Target.Vectors.First(vector => vector.Verdict == "UNKNOWN_KEY").Text;
        var batch = new VerifyBatchRequest { Requests = { Request(), Request(change: request => request.TerminalId = ""), Request(unknown), Request("nothing") } };
        var answer = await target.Verifier!.Verifications.VerifyBatchAsync(batch, cancellationToken: cancellationToken);
        var seen = string.Join(", ", answer.Results.Select(Name));
        return Finding.Of(seen == "TRUNCATED, INVALID_ARGUMENT (terminal_id), UNKNOWN_KEY, MALFORMED", seen);
    }

    private static async Task<Finding> StreamAsync(Target target, CancellationToken cancellationToken)
    {
        const int Requests = 20;
        using var call = target.Verifier!.Verifications.VerifyStream(cancellationToken: cancellationToken);
        var ids = Enumerable.Range(0, Requests).Select(_ => $"{Guid.NewGuid():N}").ToArray();
        foreach (var id in ids)
        {
            await call.RequestStream.WriteAsync(new VerifyStreamRequest { Request = Request(change: request => request.RequestId = id) }, cancellationToken);
        }

        await call.RequestStream.CompleteAsync();
        var answers = await call.ResponseStream.ReadAllAsync(cancellationToken).ToListAsync(cancellationToken);
        var right = answers.Count(answer => answer.Position is >= 0 and < Requests && ids[answer.Position] == answer.RequestId && answer.Result?.Verification?.Verdict == Verdict.Truncated);
        var places = answers.Select(answer => answer.Position).Distinct().Count();
        return Finding.Of(right == Requests && answers.Count == Requests && places == Requests, $"{answers.Count} answers to {Requests} requests, {right} right, {places} positions");
    }

    private static VerifyRequest Request(string? text = "CP1", Action<VerifyRequest>? change = null)
    {
        var request = new VerifyRequest { Code = text, TerminalId = "conformance" };
        change?.Invoke(request);
        return request;
    }

    private static async Task<Verification> AskAsync(Target target, VerifyRequest request, CancellationToken cancellationToken) =>
        (await target.Verifier!.Verifications.VerifyAsync(request, cancellationToken: cancellationToken)).Verification ?? new Verification();

    private static string Name(VerifyResult result) => result.Error is { } error ? $"{ErrorForm.Name((StatusCode)error.Code)} ({error.Field})" : Name(result.Verification ?? new Verification());

    private static string Name(Verification answer) => Verifying.VerificationView.Name(answer.Verdict) + (answer.Reason == 0 ? "" : $" {Verifying.VerificationView.Name(answer.Reason)}");
}
