using CrossProvince.Core.Signatures;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;
using CrossProvince.Service.Hosting;

namespace CrossProvince.Service.Federation.Trusting;

/// <summary>The node's own signing keys, of which the one whose turn it is signs: the keys before and after it stand beside it, and the change needs no hand and no pause (docs/adr/0059).</summary>
/// <remarks>Safe for concurrent calls.</remarks>
internal sealed partial class OwnKeys
{
    private readonly NodeSettings _node;
    private readonly TrustSource _trust;
    private readonly TrustedClock _clock;
    private readonly ILogger<OwnKeys> _logger;
    private readonly Dictionary<KeyUse, string> _said = [];
    private volatile Dictionary<KeyUse, IReadOnlyList<ISigner>> _signers;
    private string? _problem;

    public OwnKeys(NodeSettings node, TrustSource trust, TrustedClock clock, ILogger<OwnKeys> logger)
    {
        (_node, _trust, _clock, _logger) = (node, trust, clock, logger);
        _signers = ReadAll(node);
    }

    /// <summary>The uses of a region's keys.</summary>
    public static IReadOnlyList<KeyUse> Uses { get; } = [KeyUse.Code, KeyUse.Index, KeyUse.Receipt];

    /// <summary>Demands that a trust list names a key of each use, and none for another use.</summary>
    /// <exception cref="ConfigurationException">It does not.</exception>
    public static void CheckNamed(NodeSettings node, TrustList list)
    {
        var own = list.FindRegion(node.Region)!;
        foreach (var source in node.SigningKeys)
        {
            var signers = source.Read();
            foreach (var stranger in signers.Where(signer => list.Regions.Any(region => region.Keys.Any(key => key.Key.Equals(signer.PublicKey) && (key.Use != source.Use || region != own)))))
            {
                throw NotNamed(source, stranger);
            }

            if (!signers.Any(signer => own.Keys.Any(key => key.Key.Equals(signer.PublicKey))))
            {
                throw NotNamed(source, signers[0]);
            }
        }

        ConfigurationException NotNamed(SigningKeySource source, ISigner signer) =>
            new(source.Setting, $"is key {signer.PublicKey.Id}, which the trust list does not name for region {node.Region} with use {source.Use}.");
    }

    /// <summary>The key that signs now.</summary>
    /// <param name="use">What is signed.</param>
    /// <param name="type">Number of the licence type whose code is signed.</param>
    /// <returns>Null when none may.</returns>
    public ISigner? Find(KeyUse use, int? type = null)
    {
        var now = _clock.Now();
        var list = _trust.List;
        (ISigner Signer, TrustedKey Key)? best = null;
        foreach (var signer in _signers[use])
        {
            foreach (var key in list.FindKeys(_node.Region, signer.PublicKey.Id, use))
            {
                if (key.Key.Equals(signer.PublicKey) && (type is null || key.MaySignType(type.Value)) && MaySign(key, now) && (best is null || IsLater(key, best.Value.Key, now.UnixSeconds)))
                {
                    best = (signer, key);
                }
            }
        }

        return best?.Signer;
    }

    /// <summary>When the last of the node's keys that the trust list names ends signing, Unix seconds; null when it names none that may still sign.</summary>
    public long? EndOf(KeyUse use)
    {
        var now = _clock.Now().UnixSeconds;
        var ends = Named(use).Where(key => key.CompromisedAt is null && key.SigningEnds >= now).Select(key => key.SigningEnds).ToList();
        return ends.Count == 0 ? null : ends.Max();
    }

    /// <summary>Reads files and folders again: a next key that was put beside the others is found without a restart.</summary>
    public void Reload()
    {
        try
        {
            var read = ReadAll(_node);
            if (!_node.IsDevelopment && read.Values.SelectMany(signers => signers).FirstOrDefault(signer => SampleKeys.Contains(signer.PublicKey.Spki.Span)) is { } sample)
            {
                throw new ConfigurationException("Keys", $"holds the sample key {sample.PublicKey.Id}, whose private half is public.");
            }

            (_signers, _problem) = (read, null);
        }
        catch (ConfigurationException e)
        {
            if (_problem != e.Message)
            {
                LogNotRead(e.Message);
            }

            _problem = e.Message;
        }
    }

    /// <summary>Says whose turn it is, when that has changed.</summary>
    public void Watch()
    {
        foreach (var use in Uses)
        {
            var signer = Find(use);
            var said = signer?.PublicKey.Id.ToString() ?? "";
            if (_said.TryGetValue(use, out var before) && before == said)
            {
                continue;
            }

            _said[use] = said;
            if (signer is null)
            {
                LogNone(use);
            }
            else
            {
                LogTurn(signer.PublicKey.Id, use);
            }
        }
    }

    private IEnumerable<TrustedKey> Named(KeyUse use)
    {
        var keys = _signers[use].Select(signer => signer.PublicKey).ToHashSet();
        return _trust.OwnRegion.Keys.Where(key => key.Use == use && keys.Contains(key.Key));
    }

    private bool MaySign(TrustedKey key, TrustedTime now) => key.MaySignAt(now.UnixSeconds) && now.UnixMilliseconds >= _trust.MaySignFrom(key.Key);

    /// <summary>The key that began last signs. One that began only now waits until it has begun by the clocks of all partners, as long as there is another.</summary>
    private static bool IsLater(TrustedKey key, TrustedKey than, long now)
    {
        var (begun, thanBegun) = (HasBegunEverywhere(key, now), HasBegunEverywhere(than, now));
        return begun == thanBegun ? key.NotBefore > than.NotBefore : begun;
    }

    private static bool HasBegunEverywhere(TrustedKey key, long now) => key.NotBefore + NodeSettings.SkewSeconds <= now;

    private static Dictionary<KeyUse, IReadOnlyList<ISigner>> ReadAll(NodeSettings node) => node.SigningKeys.ToDictionary(source => source.Use, source => source.Read());

    [LoggerMessage(Level = LogLevel.Information, Message = "Key {Key} signs from now on, with use {Use}.")]
    private partial void LogTurn(KeyId key, KeyUse use);

    [LoggerMessage(Level = LogLevel.Critical, Message = "No key of this node with use {Use} may sign now by the trust list: each has ended, was declared stolen, is not in it, or has stood in it for less than five refresh intervals. Nothing of that use is signed until one may.")]
    private partial void LogNone(KeyUse use);

    [LoggerMessage(Level = LogLevel.Error, Message = "Signing keys could not be read again; those that were read before stay in use. {Problem}")]
    private partial void LogNotRead(string problem);
}
