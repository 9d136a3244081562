using CrossProvince.Core.Identifiers;

namespace CrossProvince.Core.Verification;

/// <summary>Every verdict in words for a clerk: what it means and what to do next.</summary>
public static class VerdictTexts
{
    /// <summary>The text of a verdict.</summary>
    /// <param name="verdict">The verdict.</param>
    /// <param name="reason">Its reason, when it is <see cref="Verdict.Undetermined"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such verdict or reason.</exception>
    public static LocalizedText For(Verdict verdict, UndeterminedReason reason) => verdict switch
    {
        Verdict.Valid => new("有效。证照真实且在有效状态，可以办理。", "Valid. The licence is genuine and in force: go on."),
        Verdict.Malformed => new("不是亮证码，或一次读入了两个不同的码。请只对准一个码重新扫描。", "Not a presentation code, or two different codes in one read. Scan one code again."),
        Verdict.UnsupportedVersion => new("亮证码的版本较新，本终端不能识别。请更新核验程序。", "A code of a version that this service does not know. Update the verifying program."),
        Verdict.Truncated => new("扫描不完整。请重新扫描。", "The scan was cut short. Scan again."),
        Verdict.UnknownKey => new("签发密钥不在信任列表中，不能认可。请持证人刷新后重试；仍不通过时请报告管理员。", "The signing key is not in the trust list. Ask the presenter to refresh; if it stays so, report it."),
        Verdict.KeyNotValid => new("签发密钥已停用或不在有效期内。请持证人刷新亮证码后重试。", "The signing key must not be used for this time. Ask the presenter to refresh the code."),
        Verdict.BadSignature => new("签名不正确，该码不可信。不要办理，并请报告。", "The signature does not hold: this code is not genuine. Do not accept it, and report it."),
        Verdict.KeyNotAllowed => new("该密钥无权签发此类证照。不要办理，并请报告。", "This key may not sign for licences of this type. Do not accept it, and report it."),
        Verdict.NotYetValid => new("亮证码的签发时间在将来。请核对持证人手机和终端的时间后重试。", "The code was issued in the future. Check the clocks and scan again."),
        Verdict.Expired => new("亮证码已过期。请持证人刷新后重新出示。", "The code has expired. Ask the presenter to refresh it."),
        Verdict.LifetimeNotAllowed => new("亮证码的有效时间超过规定，不能认可。请报告。", "The code claims a longer life than is allowed. Do not accept it, and report it."),
        Verdict.NotRecognised => new("该地区的此类证照在本地此场景下不互认。请按现有规定查验其他材料。", "Licences of this type of that region are not recognised here for this purpose. Ask for other proof."),
        Verdict.ScenarioMismatch => new("该码是为其他用途出示的。请持证人选择正确的应用场景重新出示。", "The code was made for another purpose. Ask the presenter to choose the right one."),
        Verdict.VerifierNotAllowed => new("本单位无权在此应用场景下核验。请核对所选场景或联系管理员。", "Your organisation may not verify for this purpose. Check the scenario, or ask your administrator."),
        Verdict.Specimen => new("这是样本，不是真实证照。", "This is a specimen, not a real licence."),
        Verdict.Revoked => new("证照已被吊销或撤销，不能使用。", "The licence has been revoked. It must not be used."),
        Verdict.Suspended => new("证照处于暂扣或冻结状态，暂时不能使用。", "The licence is suspended and can't be used at present."),
        Verdict.NotActive => new("证照尚未生效。", "The licence is not active yet."),
        Verdict.Replayed => new("该亮证码已被使用过。请持证人重新亮证。", "This code has been used already. Ask the presenter to show the licence anew."),
        Verdict.LicenceExpired => new("证照已超过有效期限。", "The licence's last valid day has passed."),
        Verdict.LicenceUnknown => new("签发地区没有这份证照的登记。不要办理，并请报告。", "The issuing region has no such licence. Do not accept it, and report it."),
        Verdict.CodeNotIssued => new("签发地区没有发出过这个码。不要办理，并请报告。", "The issuing region never issued this code. Do not accept it, and report it."),
        Verdict.CodeWithdrawn => new("持证人已撤回该亮证码。请重新亮证。", "The presenter has withdrawn this code. Ask for a new one."),
        Verdict.Withdrawn => new("证照已注销、作废、换发或转出。请持证人出示现行证照。", "The licence was cancelled, replaced or transferred. Ask for the current one."),
        Verdict.Undetermined => Undetermined(reason),
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "There is no text for this verdict."),
    };

    private static LocalizedText Undetermined(UndeterminedReason reason) => reason switch
    {
        UndeterminedReason.NoStatus => new("暂不能判定：本节点还没有签发地区的状态数据。请稍后重试，或查验其他材料。", "Undetermined: no status of the issuing region is here yet. Try again shortly, or ask for other proof."),
        UndeterminedReason.Stale => new("暂不能判定：与签发地区中断过久，状态数据已过时。请稍后重试，或查验其他材料。", "Undetermined: the issuing region has been out of reach too long. Try again later, or ask for other proof."),
        UndeterminedReason.UseNotChecked => new("暂不能判定：不能确认该码是否已被使用。请稍后重试。", "Undetermined: whether this code has been used can't be told now. Try again shortly."),
        UndeterminedReason.TrustStale => new("暂不能判定：信任列表过旧。请联系管理员更新。", "Undetermined: the trust list is too old. Ask the administrator to update it."),
        UndeterminedReason.Clock => new("暂不能判定：节点的时钟不正确。请联系管理员校时。", "Undetermined: the node's clock is wrong. Ask the administrator to set it."),
        UndeterminedReason.NotYetSeen => new("暂不能判定：证照可能刚刚签发，数据尚未同步。请稍后重试。", "Undetermined: the licence may be newer than the data here. Try again shortly."),
        UndeterminedReason.SourceUnknown => new("暂不能判定：发证机关不能提供证照的当前状态。请向发证机关查询。", "Undetermined: the authority can't tell the licence's status. Ask the authority."),
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "There is no text for this reason."),
    };
}
