using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;

namespace CrossProvince.LoadTest.Codes;

/// <summary>Signs codes with the issuing region's own key, as fast as the processors can, for licences that it has registered.</summary>
/// <remarks>For another region to verify: the issuing region would miss the showings in its records.</remarks>
/// <param name="licences">What the codes say, by scenario.</param>
/// <param name="catalogue">How long codes live.</param>
/// <param name="key">The region's code key.</param>
internal sealed class SignedCodes(IReadOnlyList<CodeTemplate> licences, LicenceCatalogue catalogue, ISigner key) : ICodeSource
{
    private const int LongAgoSeconds = 400;

    private readonly SoftwareSigner _unknown = SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Sm2));

    public Task<IReadOnlyList<Scan>> MakeAsync(Scenario scenario, Mix mix, int count, CancellationToken cancellation) => Task.Run<IReadOnlyList<Scan>>(
        () =>
        {
            var scans = new Scan[count];
            var verdicts = mix.Spread(count);
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
            {
                var licence = licences[i % licences.Count];
                scans[i] = Make(licence with { Claims = licence.Claims with { Scenario = scenario.Number } }, verdicts[i]);
            });
            return scans;
        },
        cancellation);

    private Scan Make(CodeTemplate licence, Verdict expected)
    {
        var life = catalogue.MaxLifetimeSeconds(licence.Claims.LicenceType, licence.Claims.Scenario);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var message = expected switch
        {
            Verdict.Expired => licence.Sign(now - LongAgoSeconds - life, life, key),
            Verdict.UnknownKey => licence.Sign(now, life, _unknown),
            _ => licence.Sign(now, life, key),
        };
        return new Scan(expected == Verdict.BadSignature ? CodeTemplate.Forge(message) : PresentationText.Write(message), expected);
    }
}
