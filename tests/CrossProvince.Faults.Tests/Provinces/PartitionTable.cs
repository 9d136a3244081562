using System.Globalization;
using System.Text;
using CrossProvince.Contracts.Verification.V1;
using CrossProvince.Faults.Tests.History;

namespace CrossProvince.Faults.Tests.Provinces;

/// <summary>What was answered over each line while it was down, a column for each partition.</summary>
internal static class PartitionTable
{
    /// <summary>Writes it.</summary>
    public static string Write(ProvinceVerdicts verdicts, IReadOnlyList<Partition> partitions, IReadOnlyList<Province> provinces)
    {
        var text = new StringBuilder();
        Row("cut off", partition => provinces[partition.Province].Code.ToString());
        Row("for, s", partition => Seconds(partition.Until - partition.From));
        Row("scans over lines that were down", partition => Number(verdicts.CutOff[partition].Count));
        Count("  VALID", answer => answer is { Verdict: Verdict.Valid, Stale: false });
        Count("  VALID, marked stale", answer => answer is { Verdict: Verdict.Valid, Stale: true });
        Count("  SUSPENDED", answer => answer.Verdict == Verdict.Suspended);
        Count("  REVOKED", answer => answer.Verdict == Verdict.Revoked);
        Count("  REPLAYED", answer => answer.Verdict == Verdict.Replayed);
        Count("  UNDETERMINED, stale", IsTooOld);
        Count("  UNDETERMINED, not yet seen", answer => answer.Reason == UndeterminedReason.NotYetSeen);
        Count("  UNDETERMINED, the issuer decides the use", answer => answer.Reason == UndeterminedReason.UseNotChecked);
        Row("wrong verdicts", partition => Number(verdicts.WrongCutOff[partition]));
        Age("age of the copy, s: oldest of VALID", answer => answer is { Verdict: Verdict.Valid, Stale: false }, ages => ages.Max());
        Age("  youngest of VALID, marked stale", answer => answer is { Verdict: Verdict.Valid, Stale: true }, ages => ages.Min());
        Age("  oldest of VALID, marked stale", answer => answer is { Verdict: Verdict.Valid, Stale: true }, ages => ages.Max());
        Age("  youngest of UNDETERMINED, stale", IsTooOld, ages => ages.Min());
        First("after the cut, s: first VALID, marked stale", answer => answer is { Verdict: Verdict.Valid, Stale: true });
        First("  first UNDETERMINED, stale", IsTooOld);
        Row("after healing, s: all copies up to date", partition => partition.UpToDate is { } end ? Seconds(end - partition.Until) : "never");
        return text.ToString();

        void Row(string what, Func<Partition, string> value)
        {
            text.Append(CultureInfo.InvariantCulture, $"{what,-48}");
            foreach (var partition in partitions)
            {
                text.Append(CultureInfo.InvariantCulture, $"{value(partition),10}");
            }

            text.AppendLine();
        }

        void Count(string what, Func<Answer, bool> isIt) => Row(what, partition => Number(verdicts.CutOff[partition].Count(isIt)));

        void Age(string what, Func<Answer, bool> isIt, Func<IEnumerable<long>, long> choose) => Row(what, partition =>
            verdicts.CutOff[partition].Where(isIt).Select(answer => answer.VerifiedAt - answer.AsOf).ToList() is { Count: > 0 } ages ? Seconds(choose(ages)) : "-");

        void First(string what, Func<Answer, bool> isIt) => Row(what, partition =>
            verdicts.CutOff[partition].Where(isIt).Select(answer => answer.VerifiedAt - partition.From).ToList() is { Count: > 0 } times ? Seconds(times.Min()) : "-");
    }

    /// <summary>What a partition must have shown: otherwise it was too short, or nobody scanned.</summary>
    public static IEnumerable<string> Lacking(ProvinceVerdicts verdicts, IReadOnlyList<Partition> partitions) => partitions
        .Where(partition => !verdicts.CutOff[partition].Exists(answer => answer is { Verdict: Verdict.Valid, Stale: false })
            || !verdicts.CutOff[partition].Exists(answer => answer is { Verdict: Verdict.Valid, Stale: true })
            || !verdicts.CutOff[partition].Exists(IsTooOld))
        .Select(partition => $"While province {partition.Province} was cut off, not every kind of answer was given.");

    private static bool IsTooOld(Answer answer) => answer.Reason == UndeterminedReason.Stale;

    private static string Seconds(long milliseconds) => (milliseconds / 1000.0).ToString("F2", CultureInfo.InvariantCulture);

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
