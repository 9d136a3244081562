using System.Collections.Concurrent;
using CrossProvince.Core.Status;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Federation;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Service.StatusIndex;

/// <summary>Status list tokens of the own region's lists, signed anew when a list has changed or the token has served half its time.</summary>
internal sealed class StatusListTokens(NodeSettings node, TrustSource trust, PublishedIndexes published, TrustedClock clock)
{
    /// <summary>How long a reader may keep a token, seconds: revocations must not wait longer than the soft limit.</summary>
    public const int TimeToLiveSeconds = 60;

    /// <summary>A token's whole life, seconds: the hard limit of a status copy.</summary>
    private const int LifeSeconds = 600;

    private readonly ConcurrentDictionary<int, Token> _tokens = new();

    /// <summary>The token of a list; null when the region has no such list.</summary>
    public Token? Find(int list)
    {
        if (published.FindList(node.Region, list) is not { } snapshot)
        {
            return null;
        }

        var now = clock.Now().UnixSeconds;
        if (_tokens.TryGetValue(list, out var kept) && kept.Root.Span.SequenceEqual(snapshot.Root.Span) && now < kept.IssuedAt + (LifeSeconds / 2))
        {
            return kept;
        }

        var uri = $"{trust.OwnRegion.ApiEndpoint.TrimEnd('/')}/v1/statuslists/{node.Region}/{list}";
        return _tokens[list] = new Token(snapshot.Root, now, StatusListToken.Sign(snapshot, uri, now, now + LifeSeconds, TimeToLiveSeconds, node.IndexSigner));
    }

    /// <summary>A signed token.</summary>
    /// <param name="Root">Root of the list it was made from.</param>
    /// <param name="IssuedAt">Unix seconds.</param>
    /// <param name="Document">COSE_Sign1.</param>
    internal sealed record Token(ReadOnlyMemory<byte> Root, long IssuedAt, byte[] Document)
    {
        /// <summary>Changes whenever the token does.</summary>
        public string EntityTag => $"\"{Convert.ToHexString(Root.Span[..8])}-{IssuedAt:x}\"";
    }
}
