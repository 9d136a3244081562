namespace CrossProvince.Service.Identity;

/// <summary>The identity providers that this node accepts, with their keys.</summary>
internal sealed class TokenProviders(IReadOnlyList<TokenIssuer> issuers, TimeProvider time, ILogger<TokenKeys> logger)
{
    private readonly Dictionary<string, (TokenIssuer Issuer, TokenKeys Keys)> _providers =
        issuers.ToDictionary(i => i.Name, i => (i, new TokenKeys(i, time, logger)), StringComparer.Ordinal);

    /// <summary>The provider with this <c>iss</c>, or null.</summary>
    public TokenIssuer? Find(string name) => _providers.TryGetValue(name, out var provider) ? provider.Issuer : null;

    /// <summary>The keys of a configured provider.</summary>
    public TokenKeys KeysOf(string name) => _providers[name].Keys;
}
