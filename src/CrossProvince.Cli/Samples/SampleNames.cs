namespace CrossProvince.Cli.Samples;

/// <summary>Makes up names from common surnames and characters; some short, some rare, some very long.</summary>
internal sealed class SampleNames(Random random)
{
    private const string Surnames = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕";
    private const string Given = "明华建国文军平志伟东海强晓生光林小民永杰波成康新宁安德玉兰英慧巧美娜静淑惠珠翠雅芝红娥玲芬芳燕彩春菊";

    private static readonly string[] s_compoundSurnames = ["欧阳", "司马", "上官", "诸葛", "东方", "慕容"];
    private static readonly string[] s_rareGiven = ["𬭎", "𬍛", "𨱇", "㛃"];
    private static readonly string[] s_longParts = ["阿卜杜热合曼", "买买提吐尔逊", "努尔艾合买提", "古丽巴哈尔罕", "阿不都沙拉木", "吾买尔江艾力", "木合塔尔依明"];
    private static readonly string[] s_trades = ["运输", "科技", "建筑工程", "餐饮管理", "贸易", "物流", "文化传播"];

    /// <summary>A name by the holder's place in the run, so that every kind is there from four holders on.</summary>
    /// <param name="position">0-based; of each 40, the second is very long, the third compound, the fourth rare.</param>
    public string Person(int position) => (position % 40) switch
    {
        1 => Long(),
        2 => Pick(s_compoundSurnames) + GivenName(),
        3 => Pick(Surnames) + Pick(s_rareGiven),
        _ => Pick(Surnames) + GivenName(),
    };

    /// <summary>An ordinary name with that surname's first character, for a relative.</summary>
    public string Child(SamplePerson parent) => parent.Name[0] + GivenName();

    /// <summary>A company's name; every eighth is very long, the first too.</summary>
    /// <param name="position">0-based number of the company.</param>
    /// <param name="place">Where it is.</param>
    public string Company(int position, string place)
    {
        var name = $"{Pick(Given)}{Pick(Given)}{Pick(Given)}";
        return position % 8 == 0
            ? $"{place}{name}国际{Pick(s_trades)}与{Pick(s_trades)}综合服务集团股份有限公司京津冀协同发展示范区第一分公司（样本）"
            : $"{place}{name}{Pick(s_trades)}有限公司（样本）";
    }

    private string Long()
    {
        var first = random.Next(s_longParts.Length);
        return string.Join('·', Enumerable.Range(first, 4).Select(i => s_longParts[i % s_longParts.Length]));
    }

    private string GivenName() => random.Next(3) == 0 ? Pick(Given) : Pick(Given) + Pick(Given);

    private string Pick(string characters) => characters[random.Next(characters.Length)].ToString();

    private string Pick(string[] parts) => parts[random.Next(parts.Length)];
}
