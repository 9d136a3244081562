using CrossProvince.Core.Identifiers;

namespace CrossProvince.Service.Identity;

/// <summary>Why a token is refused, in words that lead on. The reasons are listed in docs/operations.md.</summary>
internal static class TokenRefusals
{
    public static CallerRefusal NoToken { get; } = new(
        "TOKEN_MALFORMED", "Authorization 头不是 JWT 形式的 Bearer 令牌，请重新登录。", "The authorization header is not a bearer token in JWT form: sign in again.");

    public static CallerRefusal UnknownIssuer { get; } = new(
        "TOKEN_ISSUER_UNKNOWN",
        "本节点不接受该令牌的签发方（iss）。请用本节点配置的身份认证服务登录。",
        "The token's issuer (iss) is not an identity provider that this node accepts: sign in with one that is.");

    public static CallerRefusal Expired { get; } = new("TOKEN_EXPIRED", "令牌已过期，请重新登录。", "The token has expired: sign in again.");

    public static CallerRefusal NotYetValid { get; } = new("TOKEN_NOT_YET_VALID", "令牌尚未生效，请核对双方时钟。", "The token is not valid yet: compare the clocks.");

    public static CallerRefusal WithoutEnd { get; } = new("TOKEN_WITHOUT_END", "令牌没有有效期（exp），不予接受。", "The token has no end (exp).");

    public static CallerRefusal WrongAudience { get; } = new("TOKEN_WRONG_AUDIENCE", "令牌是为其他服务签发的（aud）。", "The token was made for another service (aud).");

    public static CallerRefusal BadSignature { get; } = new(
        "TOKEN_BAD_SIGNATURE", "令牌的签名与其签发方的密钥不符。", "The token's signature does not hold under its issuer's key.");

    public static CallerRefusal UnknownKey { get; } = new(
        "TOKEN_KEY_UNKNOWN",
        "令牌所称的密钥（kid）不在其签发方公布的密钥中，签名无法成立。",
        "The token's signature names a key (kid) that its issuer does not publish for that algorithm.");

    public static CallerRefusal ProviderAway { get; } = new(
        "TOKEN_KEYS_UNAVAILABLE",
        "暂时无法取得令牌签发方的密钥，请稍后重试。",
        "The keys of the token's issuer cannot be fetched now: try again.")
    { RetryAfter = TokenKeys.Interval };

    public static CallerRefusal NamesNobody { get; } = new(
        "TOKEN_NAMES_NOBODY",
        "令牌既未指明持证人（holder_code 和 holder_code_type），也未指明操作员（org 和 region）。",
        "The token names neither a holder (holder_code with holder_code_type) nor an operator (org, region).");

    public static CallerRefusal NamesTwo { get; } = new(
        "TOKEN_NAMES_TWO", "令牌同时指明了持证人和操作员，或重复指明，不予接受。", "The token names a holder and an operator at once, or one of them twice.");

    public static CallerRefusal UnknownLevel { get; } = new(
        "TOKEN_LEVEL_UNKNOWN", "令牌的保证等级（loa）不是 low、substantial 或 high。", "The token's level of assurance (loa) is none of low, substantial and high.");

    public static CallerRefusal NotForHolders { get; } = new(
        "TOKEN_ISSUER_NOT_FOR_HOLDERS", "该签发方无权为持证人签发令牌。", "The token's issuer may not speak for holders.");

    public static CallerRefusal NotForOperators { get; } = new(
        "TOKEN_ISSUER_NOT_FOR_OPERATORS", "该签发方只能为持证人签发令牌，无权为操作员签发。", "The token's issuer may speak for holders only, not for operators.");

    public static CallerRefusal NotForOperations { get; } = new(
        "TOKEN_ISSUER_NOT_FOR_OPERATIONS", "该签发方无权指定运维人员（roles 中的 operations）。", "The token's issuer may not name those who run the nodes (operations in roles).");

    public static CallerRefusal NotForCodeType(string codeType) => new(
        "TOKEN_ISSUER_NOT_FOR_CODE_TYPE", $"该签发方无权为证件类型 {codeType} 的持证人签发令牌。", $"The token's issuer may not speak for holders with a code of type {codeType}.");

    public static CallerRefusal NotForRegion(RegionCode region) => new(
        "TOKEN_ISSUER_NOT_FOR_REGION", $"该签发方无权为地区 {region} 的操作员签发令牌。", $"The token's issuer may not speak for operators of region {region}.");

    public static CallerRefusal Algorithm(IEnumerable<string> allowed) => new(
        "TOKEN_ALGORITHM_NOT_ALLOWED",
        $"该签发方的令牌只能用这些签名算法：{string.Join("、", allowed)}。",
        $"Tokens of this issuer must be signed with {string.Join(" or ", allowed)}.");

    public static CallerRefusal LevelTooLow(LevelOfAssurance given, LevelOfAssurance required) => new(
        "TOKEN_LEVEL_TOO_LOW",
        $"登录的保证等级为 {Name(given)}，此操作至少需要 {Name(required)}：请以更高等级的方式重新登录。",
        $"The sign-in has level of assurance {Name(given)}, and this needs at least {Name(required)}: sign in again in a surer way.");

    private static string Name(LevelOfAssurance level) => level.ToString().ToLowerInvariant();
}
