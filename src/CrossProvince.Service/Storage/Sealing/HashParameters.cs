using System.Globalization;
using Dapper;

namespace CrossProvince.Service.Storage.Sealing;

/// <summary>The hashes by which something may be found, as parameters of a query that both databases read alike: one for each look-up key.</summary>
internal static class HashParameters
{
    /// <summary>What stands in <c>IN (…)</c>.</summary>
    public static string List(KeyRing keys) => string.Join(", ", keys.LookUpKeys.Select((_, n) => Name(n)));

    /// <summary>Their values.</summary>
    /// <param name="hashes">Of one thing, by each look-up key.</param>
    /// <param name="more">Other parameters of the query.</param>
    public static DynamicParameters Of(byte[][] hashes, object? more = null)
    {
        var parameters = new DynamicParameters(more);
        for (var n = 0; n < hashes.Length; n++)
        {
            parameters.Add(Name(n), hashes[n]);
        }

        return parameters;
    }

    private static string Name(int n) => string.Create(CultureInfo.InvariantCulture, $"@hash{n}");
}
