using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using CrossProvince.Client.Connecting;

namespace CrossProvince.Cli.Presenting;

/// <summary>What the sample identity provider of a node in Development is asked for.</summary>
internal sealed record SampleTokenRequest
{
    [JsonPropertyName("licence_id")]
    public string? LicenceId { get; init; }

    [JsonPropertyName("as")]
    public string? As { get; init; }

    [JsonPropertyName("code")]
    public string? Code { get; init; }

    [JsonPropertyName("code_type")]
    public string? CodeType { get; init; }

    [JsonPropertyName("org")]
    public string? Organisation { get; init; }

    [JsonPropertyName("terminal")]
    public string? Terminal { get; init; }

    [JsonPropertyName("roles")]
    public IReadOnlyList<string>? Roles { get; init; }

    [JsonPropertyName("loa")]
    public string? Level { get; init; }
}

/// <summary>A token of the sample identity provider.</summary>
/// <param name="AccessToken">The bearer token.</param>
/// <param name="ExpiresIn">How long it is good, seconds.</param>
internal sealed record SampleToken(
    [property: JsonPropertyName("access_token")] string? AccessToken,
    [property: JsonPropertyName("expires_in")] int ExpiresIn);

/// <summary>Signs in through the sample identity provider.</summary>
internal static class SampleSignIn
{
    private static readonly JsonSerializerOptions s_json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Asks for a token.</summary>
    /// <exception cref="UsageException">The node has no sample identity provider, or it knows no such person.</exception>
    /// <exception cref="NodeException">The node can't be reached.</exception>
    internal static async Task<SampleToken> RequestAsync(NodeConnection connection, SampleTokenRequest request, CancellationToken cancellationToken)
    {
        using var response = await connection.Http.PostAsJsonAsync("/dev/token", request, s_json, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            throw new UsageException(
                "节点没有样例登录服务，或没有这份证照、这位亮证人。非开发环境请用 --token。",
                "The node has no sample sign-in, or knows no such licence or presenter. Outside Development pass --token.");
        }

        if (!response.IsSuccessStatusCode)
        {
            var (zh, en) = Said(await response.Content.ReadAsStringAsync(cancellationToken));
            throw new UsageException($"样例登录失败（{(int)response.StatusCode}）：{zh}", $"The sample sign-in failed ({(int)response.StatusCode}): {en}");
        }

        try
        {
            var token = await response.Content.ReadFromJsonAsync<SampleToken>(cancellationToken);
            return token is { AccessToken: not null } ? token : throw new JsonException("no access_token");
        }
        catch (JsonException e)
        {
            throw new UsageException($"样例登录的应答有误：{e.Message}", $"The sample sign-in answered wrongly: {e.Message}");
        }
    }

    /// <summary>The sentences of an error in JSON (google.rpc.Status); what is none, as it is.</summary>
    private static (string Zh, string En) Said(string body)
    {
        try
        {
            using var status = JsonDocument.Parse(body);
            var texts = status.RootElement.GetProperty("details").EnumerateArray().Where(detail => detail.TryGetProperty("locale", out _))
                .ToDictionary(detail => detail.GetProperty("locale").GetString()!, detail => detail.GetProperty("message").GetString()!);
            return (texts["zh-CN"], texts["en"]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentException)
        {
            return (body, body);
        }
    }
}
