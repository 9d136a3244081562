using CrossProvince.Contracts.Verification.V1;

namespace CrossProvince.LoadTest.Codes;

/// <summary>Which share of the codes must be refused, and why; percent each.</summary>
internal sealed record Mix(int Forged, int Expired, int UnknownKey, int Replayed)
{
    /// <summary>The verdicts that so many codes must get: exact shares, in an order that nothing can rely on.</summary>
    public Verdict[] Spread(int count)
    {
        var verdicts = new Verdict[count];
        Array.Fill(verdicts, Verdict.Valid);
        var next = 0;
        foreach (var (share, verdict) in new[]
        {
            (Forged, Verdict.BadSignature), (Expired, Verdict.Expired), (UnknownKey, Verdict.UnknownKey), (Replayed, Verdict.Replayed),
        })
        {
            var some = (int)((long)count * share / 100);
            Array.Fill(verdicts, verdict, next, some);
            next += some;
        }

        Random.Shared.Shuffle(verdicts);
        return verdicts;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", new[]
    {
        (Forged, "forged"), (Expired, "expired"), (UnknownKey, "of an unknown key"), (Replayed, "used before"),
    }.Where(part => part.Item1 > 0).Select(part => $"{part.Item1} % {part.Item2}").DefaultIfEmpty("all genuine"));
}
