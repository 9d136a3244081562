using System.Collections.Concurrent;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Federation.Trusting;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Service.StatusIndex;

/// <summary>Status list tokens of the own region's lists, signed anew when a list has changed or the token has served half its time.</summary>
internal sealed class StatusListTokens(NodeSettings node, TrustSource trust, OwnKeys keys, PublishedIndexes published, TrustedClock clock)
{
    /// <summary>How long a reader may keep a token, seconds: revocations must not wait longer than the soft limit.</summary>
    public const int TimeToLiveSeconds = 60;

    /// <summary>A token's whole life, seconds: the hard limit of a status copy.</summary>
    private const int LifeSeconds = 600;

    private readonly ConcurrentDictionary<int, Token> _tokens = new();

    /// <summary>The token of a list; null when the region has no such list, or no key of it may sign now.</summary>
    public Token? Find(int list)
    {
        if (published.FindList(node.Region, list) is not { } snapshot)
        {
            return null;
        }

        var now = clock.Now().UnixSeconds;
        if (keys.Find(KeyUse.Index) is not { } signer)
        {
            return null;
        }

        if (_tokens.TryGetValue(list, out var kept) && kept.Signer == signer.PublicKey.Id && kept.Root.Span.SequenceEqual(snapshot.Root.Span) && now < kept.IssuedAt + (LifeSeconds / 2))
        {
            return kept;
        }

        var uri = $"{trust.OwnRegion.ApiEndpoint.TrimEnd('/')}/v1/statuslists/{node.Region}/{list}";
        return _tokens[list] = new Token(snapshot.Root, now, signer.PublicKey.Id, StatusListToken.Sign(snapshot, uri, now, now + LifeSeconds, TimeToLiveSeconds, signer));
    }

    /// <summary>A signed token.</summary>
    /// <param name="Root">Root of the list it was made from.</param>
    /// <param name="IssuedAt">Unix seconds.</param>
    /// <param name="Signer">The key that signed it: a token does not outlive its key's turn.</param>
    /// <param name="Document">COSE_Sign1.</param>
    internal sealed record Token(ReadOnlyMemory<byte> Root, long IssuedAt, KeyId Signer, byte[] Document)
    {
        /// <summary>Changes whenever the token does.</summary>
        public string EntityTag => $"\"{Convert.ToHexString(Root.Span[..8])}-{IssuedAt:x}-{Signer}\"";
    }
}
