namespace CrossProvince.Service.Identity;

/// <summary>What the node is to an identity provider with which people sign in on its pages.</summary>
/// <param name="Id">The <c>client_id</c>.</param>
/// <param name="Secret">The client's secret; null for a public client.</param>
/// <param name="Scopes">Asked for besides <c>openid</c>.</param>
/// <param name="Title">What people know the provider by.</param>
/// <param name="Document">Its discovery document.</param>
/// <param name="Http">Reaches it.</param>
internal sealed record SignInClient(string Id, string? Secret, IReadOnlyList<string> Scopes, string Title, Uri Document, HttpClient Http);
