using CrossProvince.Contracts.Presentation.V1;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Presentation;
using CrossProvince.Core.Signatures;
using CrossProvince.LoadTest.Nodes;

namespace CrossProvince.LoadTest.Codes;

/// <summary>Has the node under test make the codes itself, one call each, because it looks for them in its records.</summary>
/// <param name="holders">Whose licences are shown.</param>
internal sealed class IssuedCodes(IReadOnlyList<SampleHolder> holders) : ICodeSource
{
    private const int AtOnce = 16;

    private readonly SoftwareSigner _unknown = SoftwareSigner.FromPem(SoftwareSigner.Generate(SignatureAlgorithm.Sm2));

    public async Task<IReadOnlyList<Scan>> MakeAsync(Scenario scenario, Mix mix, int count, CancellationToken cancellation)
    {
        if (mix.Expired > 0)
        {
            throw new LoadTestException("--expired needs nodes of this program's own: a running node makes no expired codes.");
        }

        var scans = new Scan[count];
        var verdicts = mix.Spread(count);
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = AtOnce }, async (i, _) =>
        {
            var holder = holders[i % holders.Count];
            var answer = await holder.Presentations.CreatePresentationAsync(
                new CreatePresentationRequest { LicenceId = holder.LicenceId, Scenario = scenario.Id }, cancellationToken: cancellation);
            scans[i] = new Scan(Change(answer.Code, verdicts[i]), verdicts[i]);
        });
        return scans;
    }

    private string Change(string code, Verdict expected)
    {
        switch (expected)
        {
            case Verdict.BadSignature:
                return CodeTemplate.Forge(CodeTemplate.Decode(code));
            case Verdict.UnknownKey:
                var licence = CodeTemplate.Read(code);
                return PresentationText.Write(PresentationEncoder.Encode(licence.Claims, licence.Display, _unknown));
            default:
                return code;
        }
    }
}
