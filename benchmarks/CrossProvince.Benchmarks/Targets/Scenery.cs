using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.Core.Status;
using CrossProvince.Core.Trust;
using CrossProvince.Core.Verification;

namespace CrossProvince.Benchmarks.Targets;

/// <summary>Regions with so many code keys and so many licences, and distinct codes of them, judged each in its own region.</summary>
internal sealed class Scenery
{
    private const long Now = 1_790_000_010;
    private const int KeysOfRegion = 50;
    private const int IdentityCard = 1;
    private const int CounterCheck = 1;

    private static readonly LicenceCatalogue s_catalogue = Scene.ReadCatalogue();
    private static readonly VerifierRights s_counter = new(IsOrganisation: true, Scenarios: null);
    private static readonly Display s_display = Display.Fit("张*明", "1****************X", 22_645, null);

    private readonly SoftwareSigner[] _signers;
    private readonly LicenceIndex _index = new();
    private readonly int _licences;
    private readonly Random _random = new(1);

    /// <summary>Makes keys and fills the index, which is published once codes are signed.</summary>
    /// <param name="algorithm">What the codes are signed with.</param>
    /// <param name="keys">Code keys of all regions together, 50 a region.</param>
    /// <param name="licences">Licences in the index of each region.</param>
    public Scenery(SignatureAlgorithm algorithm, int keys, int licences)
    {
        _licences = licences;
        _signers = [.. Enumerable.Range(0, keys).AsParallel().Select(_ => NewSigner(algorithm))];
        var lists = ((licences - 1) / StatusList.Capacity) + 1;
        var regions = _signers.Chunk(KeysOfRegion).Select((signers, i) => Scene.Region(RegionOf(i), lists, signers)).ToArray();
        foreach (var region in regions)
        {
            var index = _index.GetOrAdd(region.Code, lists);
            index.Load(Enumerable.Range(0, licences).Select(SomeEntry), licences, new byte[Sm3.HashSize]);
        }

        Data = new VerificationData
        {
            Trust = new TrustList(1, Now - 1000, Now + 1000, regions, new byte[Sm3.HashSize]),
            TrustFreshness = default,
            Catalogue = s_catalogue,
            Index = _index,
            Time = new TrustedTime(Now * 1000, ClockBehind: false),
        };
    }

    /// <summary>What codes are judged by.</summary>
    public VerificationData Data { get; }

    /// <summary>Signs codes, each for another licence chosen at random.</summary>
    /// <param name="count">How many; at most as many as there are licences.</param>
    /// <param name="stranger">A key that no list names; null for the regions' own.</param>
    public SignedCode[] Sign(int count, SoftwareSigner? stranger = null)
    {
        var keys = Enumerable.Range(0, count).Select(_ => _random.Next(_signers.Length)).ToArray();
        var licences = new HashSet<int>(count);
        while (licences.Count < count)
        {
            licences.Add(_random.Next(_licences));
        }

        var codes = new SignedCode[count];
        var chosen = licences.ToArray();
        Parallel.For(0, count, i => codes[i] = Sign(RegionOf(keys[i] / KeysOfRegion), chosen[i], stranger ?? _signers[keys[i]]));

        // The licences that are shown get the tags that they must have; the others keep tags that mean nothing.
        foreach (var some in codes.GroupBy(code => code.Region))
        {
            var index = _index.Find(some.Key)!;
            index.Load(some.Select(code => (code.List, code.Index, new IndexEntry(LicenceStatus.InForce, TagOf(code), StatusReason.None))), _licences, new byte[Sm3.HashSize]);
            index.Publish(Now * 1000);
        }

        return codes;
    }

    /// <summary>The question that a counter of the code's own region asks.</summary>
    public static VerificationQuestion Ask(SignedCode code) => new(PresentationText.Write(code.Message).AsMemory(), null, code.Region, s_counter);

    /// <summary>A new key.</summary>
    public static SoftwareSigner NewSigner(SignatureAlgorithm algorithm) => SoftwareSigner.FromPem(SoftwareSigner.Generate(algorithm));

    /// <summary>A code that says what the benchmarks' codes say.</summary>
    public static SignedCode Sign(RegionCode region, int licence, ISigner signer)
    {
        var (list, index) = (licence / StatusList.Capacity, licence % StatusList.Capacity);
        var claims = new PresentationClaims
        {
            Region = region,
            IssuedAt = Now,
            ExpiresAt = Now + 90,
            Showing = ShowingId.Create(),
            CodeNumber = 3,
            LicenceType = IdentityCard,
            Scenario = CounterCheck,
            List = list,
            Index = index,
            Presenter = Presenter.Holder,
        };
        return new SignedCode(region, list, index, signer.PublicKey, PresentationEncoder.Encode(claims, s_display, signer));
    }

    private static EntryTag TagOf(SignedCode code) => EntryTag.Compute(code.Region, code.List, code.Index, IdentityCard, s_display.Encode());

    private static RegionCode RegionOf(int number) => new(110_000 + (number * 1_000));

    private static (int List, int Index, IndexEntry Entry) SomeEntry(int licence) =>
        (licence / StatusList.Capacity, licence % StatusList.Capacity, new IndexEntry(LicenceStatus.InForce, new EntryTag(Mix((ulong)licence) | 1), StatusReason.None));

    /// <summary>SplitMix64: numbers without order, as tags are.</summary>
    private static ulong Mix(ulong number)
    {
        unchecked
        {
            number = (number + 1) * 0x9E3779B97F4A7C15;
            number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9;
            number = (number ^ (number >> 27)) * 0x94D049BB133111EB;
            return number ^ (number >> 31);
        }
    }
}

/// <summary>A code, and what its maker knows of it.</summary>
/// <param name="Region">Issuing region.</param>
/// <param name="List">List of the licence.</param>
/// <param name="Index">Its index there.</param>
/// <param name="Key">What it was signed with.</param>
/// <param name="Message">Its bytes.</param>
internal sealed record SignedCode(RegionCode Region, int List, int Index, PublicKey Key, byte[] Message)
{
    /// <summary>The signature, and what it is over.</summary>
    public SignedMessage Signature
    {
        get
        {
            if (!PresentationMessage.TryDecode(Message, out var code))
            {
                throw new InvalidOperationException("A code that was just made can't be decoded.");
            }

            var signed = new byte[PresentationMessage.MaxToBeSignedBytes];
            return new SignedMessage(Key, signed.AsMemory(0, code.WriteToBeSigned(signed)), code.Signature);
        }
    }

    /// <summary>The same code with another signature.</summary>
    public SignedCode Forged() => this with { Message = Scene.Forge(Message) };
}
