using CrossProvince.Core.Identifiers;
using CrossProvince.Service.Hosting;
using CrossProvince.Service.Identity;
using Grpc.Core;

namespace CrossProvince.Service.Licences;

/// <summary>What an authority is told of a licence that it cannot read or change.</summary>
internal static class LicenceErrors
{
    /// <summary>The identifier has not the shape of GB/T 36904.</summary>
    public static RpcException WrongShape() => RpcErrors.InvalidArgument(
        "licence_id", "不符合 GB/T 36904 的格式：1.2.156.3005.2.类型.颁发机构.流水号.版本.校验位。", "has not the shape of GB/T 36904: 1.2.156.3005.2.TYPE.ISSUER.SERIAL.VERSION.CHECK.");

    /// <summary>Says what the identifier itself tells: whose it is, and whether its check character is right.</summary>
    public static RpcException NoSuchLicence(LicenceId id, RegionCode own)
    {
        var text = id.IssuerCode;
        var region = SocialCreditCode.IsValid(text) ? text[2..8] : text[..Math.Min(6, text.Length)];
        var foreign = !region.AsSpan(0, 2).SequenceEqual(own.ToString().AsSpan(0, 2));
        var where = foreign
            ? ($"标识中的颁发机构属于地区 {region}，请向该地区的节点查询。", $"The identifier's issuer is of region {region}; ask that region's node.")
            : ("本地区没有这份证照。", "This region has no such licence.");
        var check = (id.HasCorrectCheck, foreign) switch
        {
            (true, _) => ("", ""),
            (false, true) => (
                "标识的校验位有误（GB/T 17710）；已知有的系统会生成这样的标识，不能据此判断。",
                " Its check character is wrong (GB/T 17710); some partners' systems are known to make such identifiers, so it proves nothing."),
            (false, false) => ("标识的校验位有误（GB/T 17710）：可能输错，或由有缺陷的系统生成。", " Its check character is wrong (GB/T 17710): it was mistyped, or made by a faulty system."),
        };
        return RpcErrors.NotFound("LICENCE_NOT_FOUND", where.Item1 + check.Item1, where.Item2 + check.Item2);
    }

    /// <summary>The licence is another authority's.</summary>
    public static RpcException ForeignIssuer(string issuerCode, Caller caller) => RpcErrors.PermissionDenied(
        "FOREIGN_ISSUER",
        $"该证照由 {issuerCode} 颁发；{caller.Organisation} 只能处理本机构及节点合作方文件中授权的颁发机构的证照。",
        $"The licence was issued by {issuerCode}; {caller.Organisation} may touch only its own and those granted in the node's partner file.");

    /// <summary>The licence does not come back.</summary>
    public static RpcException EndedForGood(NormalisedStatus status) => RpcErrors.FailedPrecondition(
        "ENDED_FOR_GOOD", "该证照已终止，不可恢复；新的版本须使用新的证照标识。", $"The licence is {status.Name()}, which is for good. A new version needs a new licence_id.");
}
