using System.Net;
using System.Text;
using CrossProvince.Contracts.Catalogue.V1;
using CrossProvince.Core.Catalogue;
using Grpc.Core;

namespace CrossProvince.Cli.Conformance;

/// <summary>What anyone may ask: health, the catalogue, and that the rest is refused in order.</summary>
internal static class ServiceChecks
{
    private const string Serves = "docs/partners/README.md, What to serve";

    // grpc.health.v1 in bytes: an empty request, and in the answer field 1, SERVING (1).
    private static readonly Marshaller<byte[]> s_bytes = Marshallers.Create<byte[]>(value => value, value => value);
    private static readonly Method<byte[], byte[]> s_health = new(MethodType.Unary, "grpc.health.v1.Health", "Check", s_bytes, s_bytes);
    private static readonly byte[] s_serving = [0x08, 0x01];

    internal static IEnumerable<Check> Of(Target target)
    {
        yield return new(
            "health", new("健康检查", "health"), Serves, "grpc.health.v1.Health/Check says SERVING", Need.Nothing,
            async cancellationToken =>
            {
                var answer = await target.Nobody.Calls.AsyncUnaryCall(s_health, null, new CallOptions(cancellationToken: cancellationToken), []);
                return Finding.Of(answer.AsSpan().SequenceEqual(s_serving), answer.AsSpan().SequenceEqual(s_serving) ? "SERVING" : $"bytes {Convert.ToHexStringLower(answer)}");
            });
        yield return new(
            "catalogue-hash", new("目录摘要", "the catalogue's hash"), "docs/signed-documents.md, Trust list", "the catalogue at hand is the one that the trust list names", Need.Trust,
            _ => Task.FromResult(Finding.Of(
                target.Catalogue.Hash.Span.SequenceEqual(target.Trust!.CatalogueHash.Span),
                $"{Convert.ToHexStringLower(target.Catalogue.Hash.Span[..8])}… at hand, {Convert.ToHexStringLower(target.Trust!.CatalogueHash.Span[..8])}… in the list")));
        yield return new(
            "catalogue-content", new("节点的目录内容", "what the node says of the catalogue"), "protos, CatalogueService", "types, scenarios and recognitions of the catalogue at hand, for anyone", Need.Nothing,
            cancellationToken => CompareAsync(target.Nobody.Catalogue, target.Catalogue, cancellationToken));
        yield return new(
            "unknown-rpc", new("不存在的接口", "an rpc that there is not"), "gRPC", "UNIMPLEMENTED", Need.Nothing,
            async cancellationToken =>
            {
                var none = new Method<byte[], byte[]>(MethodType.Unary, "crossprovince.verification.v1.NoSuchService", "Verify", s_bytes, s_bytes);
                try
                {
                    await target.Nobody.Calls.AsyncUnaryCall(none, null, new CallOptions(cancellationToken: cancellationToken), []);
                    return Finding.Of(false, "it was answered");
                }
                catch (RpcException e)
                {
                    return Finding.Of(e.StatusCode == StatusCode.Unimplemented, ErrorForm.Name(e.StatusCode));
                }
            });
        yield return new(
            "json-verify", new("JSON 接口", "the JSON interface"), "docs/openapi.json", "POST /v1/verifications answers with the verification, flat", Need.Verifier,
            async cancellationToken =>
            {
                var (status, body) = await PostAsync(target.Verifier!, """{"code": "CP1", "terminalId": "conformance"}""", cancellationToken);
                return Finding.Of(status == HttpStatusCode.OK && body.Contains("\"VERDICT_TRUNCATED\"", StringComparison.Ordinal), $"{(int)status}");
            });
        yield return new(
            "json-unknown-field", new("JSON 中的未知字段", "an unknown field in JSON"), "docs/openapi.json", "400, and the field is named", Need.Verifier,
            async cancellationToken =>
            {
                var (status, body) = await PostAsync(target.Verifier!, """{"code": "CP1", "terminalId": "conformance", "colour": "red"}""", cancellationToken);
                return Finding.Of(status == HttpStatusCode.BadRequest && body.Contains("colour", StringComparison.Ordinal), $"{(int)status}{(body.Contains("colour", StringComparison.Ordinal) ? ", colour named" : "")}");
            });
    }

    private static async Task<(HttpStatusCode Status, string Body)> PostAsync(Probe probe, string json, CancellationToken cancellationToken)
    {
        using var response = await probe.Http.PostAsync(new Uri("v1/verifications", UriKind.Relative), new StringContent(json, Encoding.UTF8, "application/json"), cancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    private static async Task<Finding> CompareAsync(CatalogueService.CatalogueServiceClient node, LicenceCatalogue own, CancellationToken cancellationToken)
    {
        var types = await node.ListLicenceTypesAsync(new ListLicenceTypesRequest(), cancellationToken: cancellationToken);
        var scenarios = await node.ListScenariosAsync(new ListScenariosRequest(), cancellationToken: cancellationToken);
        var recognitions = await node.ListRecognitionsAsync(new ListRecognitionsRequest(), cancellationToken: cancellationToken);
        var differences = Differences("type", types.Types_.Select(type => $"{type.Number} {type.Id} {type.TypeCode} {type.MaxLifetimeSeconds}"), own.Types.Select(type => $"{type.Number} {type.Id} {type.TypeCode} {type.MaxLifetimeSeconds}"))
            .Concat(Differences(
                "scenario",
                scenarios.Scenarios.Select(s => $"{s.Number} {s.Id} {s.LifetimeSeconds} {s.Use} {string.Join(",", s.Types_.Order())} {string.Join(",", s.Discloses.Order())} {string.Join(",", s.Requires.Order())}"),
                own.Scenarios.Select(s => $"{s.Number} {s.Id} {s.LifetimeSeconds} {UseOf(s.Use)} {string.Join(",", s.Types.Order())} {string.Join(",", s.Discloses.Order())} {string.Join(",", s.Requires.Order())}")))
            .Concat(Differences(
                "recognition",
                recognitions.Recognitions.Select(r => $"{r.From} {r.To} {string.Join(",", r.Types_.Order())} {string.Join(",", r.Scenarios.Order())}"),
                own.Recognitions.Select(r => $"{r.From} {r.To} {string.Join(",", r.Types.Order())} {string.Join(",", r.Scenarios.Order())}")))
            .ToArray();
        return Finding.Of(differences.Length == 0, differences.Length == 0 ? $"{types.Types_.Count} types, {scenarios.Scenarios.Count} scenarios, {recognitions.Recognitions.Count} recognitions" : string.Join("; ", differences.Take(3)));
    }

    private static IEnumerable<string> Differences(string what, IEnumerable<string> node, IEnumerable<string> own)
    {
        var (theirs, ours) = (node.ToHashSet(), own.ToHashSet());
        foreach (var difference in theirs.Except(ours))
        {
            yield return $"{what} of the node only: {difference}";
        }

        foreach (var difference in ours.Except(theirs))
        {
            yield return $"{what} not of the node: {difference}";
        }
    }

    private static string UseOf(UseRule use) => use switch
    {
        UseRule.Many => "many",
        UseRule.OncePerRegion => "once-per-region",
        UseRule.OnceEverywhere => "once-everywhere",
        _ => $"{use}",
    };
}
