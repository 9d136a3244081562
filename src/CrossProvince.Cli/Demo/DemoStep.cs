using CrossProvince.Core.Identifiers;

namespace CrossProvince.Cli.Demo;

/// <summary>A part of the demonstration.</summary>
internal enum DemoChapter
{
    Preparation,
    Recognition,
    Status,
    Fraud,
    CutOff,
}

/// <summary>One step: what is done and what must come of it.</summary>
/// <param name="Id">Its name on the command line.</param>
/// <param name="Chapter">The part it belongs to.</param>
/// <param name="Title">What is done.</param>
/// <param name="Expected">What must come of it: a verdict, and what else of the answer the step is about.</param>
internal sealed record DemoStep(string Id, DemoChapter Chapter, LocalizedText Title, string Expected)
{
    /// <summary>All steps, in the order of the table.</summary>
    internal static IReadOnlyList<DemoStep> All { get; } =
    [
        new("nodes", DemoChapter.Preparation, new("三个地区的节点各自启动", "Three nodes start, one a region"), "3 ready"),
        new("import-beijing", DemoChapter.Preparation, new("北京导入 1,000 份证照", "Beijing imports 1,000 licences"), "1000 new"),
        new("import-tianjin", DemoChapter.Preparation, new("天津导入 1,000 份证照", "Tianjin imports 1,000 licences"), "1000 new"),
        new("import-hebei", DemoChapter.Preparation, new("河北导入 1,000 份证照", "Hebei imports 1,000 licences"), "1000 new"),

        new("identity-card", DemoChapter.Recognition, new("北京的身份证在天津核验", "Identity card of Beijing, in Tianjin"), "VALID holder"),
        new("driving-licence", DemoChapter.Recognition, new("河北的驾驶证在北京核验", "Driving licence of Hebei, in Beijing"), "VALID holder"),
        new("birth-certificate", DemoChapter.Recognition, new("北京的出生证由监护人在河北出示", "Birth certificate of Beijing, by a guardian in Hebei"), "VALID guardian"),
        new("business-licence", DemoChapter.Recognition, new("天津的营业执照由经办人在北京出示", "Business licence of Tianjin, by an agent in Beijing"), "VALID agent"),

        new("suspended", DemoChapter.Status, new("河北暂扣驾驶证：北京看到", "Hebei suspends a driving licence: Beijing sees it"), "SUSPENDED"),
        new("reinstated", DemoChapter.Status, new("河北恢复驾驶证：北京看到", "Hebei reinstates it: Beijing sees it"), "VALID"),
        new("revoked-beijing", DemoChapter.Status, new("北京吊销营业执照：北京看到", "Beijing revokes a business licence: Beijing sees it"), "REVOKED"),
        new("revoked-tianjin", DemoChapter.Status, new("同一吊销：天津看到", "The same revocation: Tianjin sees it"), "REVOKED"),
        new("revoked-hebei", DemoChapter.Status, new("同一吊销：河北看到", "The same revocation: Hebei sees it"), "REVOKED"),

        new("newest-code", DemoChapter.Fraud, new("刷新后的亮证码", "A refreshed code"), "VALID"),
        new("repeated", DemoChapter.Fraud, new("同一窗口再扫一次", "The same code again, at the same counter"), "VALID repeated"),
        new("replayed", DemoChapter.Fraud, new("同一码的照片在另一窗口", "A photograph of it, at another counter"), "REPLAYED"),
        new("older-photograph", DemoChapter.Fraud, new("同一次亮证的旧照片", "An older photograph of the same showing"), "REPLAYED"),
        new("withdrawn", DemoChapter.Fraud, new("已撤回的亮证", "A showing that its holder withdrew"), "CODE_WITHDRAWN"),
        new("expired", DemoChapter.Fraud, new("过期的码（为免等待，用真密钥倒签）", "An expired code (back-dated, to save the wait)"), "EXPIRED"),
        new("forged", DemoChapter.Fraud, new("号码改动一个比特", "One bit of the number changed"), "BAD_SIGNATURE"),
        new("cut-short", DemoChapter.Fraud, new("只读到一部分的码", "A code cut short"), "TRUNCATED"),
        new("two-codes", DemoChapter.Fraud, new("一次读到两个码", "Two codes in one read"), "MALFORMED"),
        new("wrong-key", DemoChapter.Fraud, new("河北的驾驶证密钥签身份证", "Hebei's key for driving licences signs an identity card"), "KEY_NOT_ALLOWED"),
        new("invented", DemoChapter.Fraud, new("用被盗真密钥签虚构证照：天津", "An invented licence under a stolen real key, in Tianjin"), "LICENCE_UNKNOWN alarm"),
        new("not-issued", DemoChapter.Fraud, new("用被盗真密钥仿签真证照：北京", "A copied real licence under a stolen real key, in Beijing"), "CODE_NOT_ISSUED alarm"),

        new("stale", DemoChapter.CutOff, new("河北断开，超过软限", "Hebei cut off, past the soft limit"), "VALID stale"),
        new("undetermined", DemoChapter.CutOff, new("河北断开，超过硬限", "Hebei cut off, past the hard limit"), "UNDETERMINED STALE"),
        new("back", DemoChapter.CutOff, new("河北恢复连接", "Hebei is back"), "VALID fresh"),
    ];

    /// <summary>The name of a chapter on the command line.</summary>
    internal static string Name(DemoChapter chapter) => chapter == DemoChapter.CutOff ? "cut-off" : chapter.ToString().ToLowerInvariant();
}
