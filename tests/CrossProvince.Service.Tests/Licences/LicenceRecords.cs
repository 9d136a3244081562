using System.Globalization;
using CrossProvince.Core.Catalogue;
using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Licences;

namespace CrossProvince.Service.Tests.Licences;

/// <summary>Made-up identity cards, numbered so that none comes twice.</summary>
internal static class LicenceRecords
{
    /// <summary>The card of person <paramref name="n"/>, 0 to 999,999.</summary>
    internal static LicenceRecord Make(LicenceCatalogue catalogue, int n, string name = "王小明")
    {
        var born = new DateOnly(1950, 1, 1).AddDays(n / 1_000);
        var first17 = string.Create(CultureInfo.InvariantCulture, $"110101{born:yyyyMMdd}{n % 1_000:D3}");
        var number = first17 + CitizenNumber.CheckDigit(first17);
        var line = $$$"""
            {"type_code":"11100000000013127D001","number":"{{{number}}}","holder":{"name":"{{{name}}}","code":"{{{number}}}","code_type":"111"},
             "issuer":{"name":"北京市公安局（样本）","code":"11110000XXXXXX001F"},"issued_on":"2024-08-25","valid_from":"2024-08-25","valid_until":"2044-08-25","status":"valid","fields":{"sex":"男"}}
            """;
        return new LicenceLine(catalogue, RegionCode.Parse("110000")).Read(line, today: 20_000);
    }
}
