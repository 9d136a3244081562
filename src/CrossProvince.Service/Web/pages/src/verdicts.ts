// What each verdict means for the person at the counter and for the one who shows the licence: the counter console and the help page say the same.
import type { Verdict, Verification } from "./api";
import type { Text } from "./language";

/** yes: accept. no: do not accept. wait: nothing is decided against the licence; something has to be done first. */
export type Tone = "yes" | "no" | "wait";

export interface VerdictWords {
  tone: Tone;
  /** The answer in a word or two, as large as the screen allows. */
  word: Text;
  /** What the clerk does next. */
  clerk: Text;
  /** What the presenter should know. */
  citizen: Text;
}

const askForFreshCode: Text = {
  zh: "请持证人在手机上刷新亮证码，再扫一次。",
  en: "Ask the presenter for a fresh code and scan again.",
};

const notGenuine: Text = {
  zh: "不要受理。此码不是签发地区制作的；请持证人打开官方应用重新亮证，仍不通过的按疑似伪造处理。",
  en: "Do not accept. This code was not made by the region it names; ask for one from the official app, and if that is refused too, treat it as a suspected forgery.",
};

const tellPresenter: Text = {
  zh: "请打开官方应用，用新的亮证码再试一次；截图和他人转发的码不能使用。",
  en: "Open the official app and show a new code; screenshots and forwarded codes do not work.",
};

const askOperator: Text = {
  zh: "暂不受理，也不要当作证照有问题。请联系本地区节点的运维人员。",
  en: "Do not decide yet, and do not hold it against the licence. Tell whoever runs your region's node.",
};

const notYourFault: Text = {
  zh: "这不表示证照有问题，窗口的系统暂时不能作出判断。",
  en: "Nothing is wrong with the licence; the counter's system cannot decide at the moment.",
};

export const verdicts: Record<Exclude<Verdict, "VERDICT_UNSPECIFIED">, VerdictWords> = {
  VERDICT_VALID: {
    tone: "yes",
    word: { zh: "有效", en: "Valid" },
    clerk: { zh: "核对屏幕上的姓名、号码与持证人，一致即可受理。", en: "Compare name and number on the screen with the presenter; if they match, go on." },
    citizen: { zh: "证照真实、在用，窗口可以受理。", en: "The licence is genuine and in force." },
  },
  VERDICT_MALFORMED: {
    tone: "wait",
    word: { zh: "不是亮证码", en: "Not a code" },
    clerk: { zh: "扫到的不是亮证码，或一次扫到了两个码。请只对准一个码，再扫一次。", en: "What was read is no presentation code, or two at once. Point at one code only and scan again." },
    citizen: { zh: "请出示应用中的“亮证”二维码，而不是付款码或其他二维码。", en: "Show the licence's code from the app, not a payment or other code." },
  },
  VERDICT_UNSUPPORTED_VERSION: {
    tone: "wait",
    word: { zh: "码的版本不支持", en: "Unknown version" },
    clerk: { zh: "此码的版本比本节点新或旧。请持证人更新应用后重新亮证。", en: "The code is of another version than this node knows. Ask the presenter to update the app." },
    citizen: { zh: "请更新应用，再亮证。", en: "Update the app and show the licence again." },
  },
  VERDICT_TRUNCATED: {
    tone: "wait",
    word: { zh: "没有扫完整", en: "Cut short" },
    clerk: { zh: "只读到一部分。请把码放平、调亮屏幕，再扫一次。", en: "Only a part was read. Hold the code flat, brighten the screen, scan again." },
    citizen: { zh: "请调亮屏幕，让整个二维码露出来。", en: "Brighten the screen and show the whole code." },
  },
  VERDICT_UNKNOWN_KEY: { tone: "no", word: { zh: "签名密钥不明", en: "Unknown key" }, clerk: notGenuine, citizen: tellPresenter },
  VERDICT_KEY_NOT_VALID: { tone: "no", word: { zh: "签名密钥已停用", en: "Key not valid" }, clerk: notGenuine, citizen: tellPresenter },
  VERDICT_BAD_SIGNATURE: { tone: "no", word: { zh: "签名不符", en: "Bad signature" }, clerk: notGenuine, citizen: tellPresenter },
  VERDICT_KEY_NOT_ALLOWED: { tone: "no", word: { zh: "密钥越权", en: "Key not allowed" }, clerk: notGenuine, citizen: tellPresenter },
  VERDICT_NOT_YET_VALID: {
    tone: "wait",
    word: { zh: "码尚未生效", en: "Not valid yet" },
    clerk: { zh: "码上的时间在将来。请稍等片刻再扫；仍然如此的，请运维人员检查节点的时钟。", en: "The code's time lies ahead. Wait a moment and scan again; if it stays so, have the node's clock checked." },
    citizen: { zh: "请稍等片刻，刷新亮证码。", en: "Wait a moment and refresh the code." },
  },
  VERDICT_EXPIRED: {
    tone: "wait",
    word: { zh: "码已过期", en: "Code expired" },
    clerk: askForFreshCode,
    citizen: { zh: "亮证码只在短时间内有效，请刷新后再出示。截图会过期。", en: "A code lives for a short time only: refresh it. Screenshots expire." },
  },
  VERDICT_LIFETIME_NOT_ALLOWED: { tone: "no", word: { zh: "有效期不合规定", en: "Life too long" }, clerk: notGenuine, citizen: tellPresenter },
  VERDICT_NOT_RECOGNISED: {
    tone: "wait",
    word: { zh: "此场景不互认", en: "Not recognised here" },
    clerk: { zh: "该地区的这类证照尚未在本地此场景互认。请换一种证照，或按线下方式办理。", en: "This kind of licence of that region is not recognised here for this purpose. Ask for another licence, or proceed on paper." },
    citizen: { zh: "证照没有问题，只是本地还不能用它办理此事。", en: "The licence is in order; it just cannot be used for this here yet." },
  },
  VERDICT_SCENARIO_MISMATCH: {
    tone: "wait",
    word: { zh: "场景不符", en: "Other scenario" },
    clerk: { zh: "此码是为另一场景制作的。请持证人选择本窗口的场景重新亮证，或在上方改选场景。", en: "The code was made for another scenario. Ask the presenter to choose this counter's, or choose the other one above." },
    citizen: { zh: "请在应用中选择窗口所说的应用场景，再亮证。", en: "Choose the scenario that the counter names and show the licence again." },
  },
  VERDICT_VERIFIER_NOT_ALLOWED: {
    tone: "wait",
    word: { zh: "本机构无权核验", en: "Not for this office" },
    clerk: { zh: "本机构未获准使用此场景。请改选场景，或联系本地区节点的运维人员。", en: "Your organisation may not use this scenario. Choose another, or ask whoever runs your region's node." },
    citizen: { zh: "证照没有问题，该窗口无权为此目的核验。", en: "The licence is in order; this counter may not check it for this purpose." },
  },
  VERDICT_SPECIMEN: {
    tone: "no",
    word: { zh: "样例证照", en: "Specimen" },
    clerk: { zh: "不要受理。这是演示用的样例，不是真实证照。", en: "Do not accept. This is a specimen, not a licence." },
    citizen: { zh: "样例不能用来办事。", en: "A specimen cannot be used." },
  },
  VERDICT_REVOKED: {
    tone: "no",
    word: { zh: "已吊销或撤销", en: "Revoked" },
    clerk: { zh: "不要受理。证照已被发证机关吊销或撤销；请持证人向发证机关查询。", en: "Do not accept. The issuing authority has revoked the licence; the holder can ask there." },
    citizen: { zh: "证照已被吊销或撤销。如有疑问，请联系发证机关。", en: "The licence has been revoked. Ask the issuing authority if in doubt." },
  },
  VERDICT_SUSPENDED: {
    tone: "no",
    word: { zh: "已暂扣或冻结", en: "Suspended" },
    clerk: { zh: "现在不要受理。证照被暂扣或冻结，恢复后可以再用。", en: "Do not accept now. The licence is suspended and may come back into force." },
    citizen: { zh: "证照处于暂扣或冻结状态，恢复前不能使用。", en: "The licence is suspended until the authority lifts it." },
  },
  VERDICT_NOT_ACTIVE: {
    tone: "no",
    word: { zh: "未生效", en: "Not active" },
    clerk: { zh: "现在不要受理。证照尚未生效，或其状态未激活。", en: "Do not accept now. The licence is not in force yet." },
    citizen: { zh: "证照尚未生效；请看生效日期，或联系发证机关。", en: "The licence is not in force yet; see its first valid day." },
  },
  VERDICT_REPLAYED: {
    tone: "no",
    word: { zh: "此码已用过", en: "Used already" },
    clerk: { zh: "不要受理这个码。它已在别处核验过一次；请持证人重新亮证，当面出示新码。", en: "Do not accept this code: it has been used elsewhere. Ask for a new showing, in person." },
    citizen: { zh: "一个亮证码只能用一次。请重新亮证；若您没有用过，请查看“使用记录”。", en: "A code works once. Show the licence anew; if you did not use it, look at your uses." },
  },
  VERDICT_LICENCE_EXPIRED: {
    tone: "no",
    word: { zh: "证照已过期", en: "Licence expired" },
    clerk: { zh: "不要受理。证照的有效期已过，请持证人先换证。", en: "Do not accept. The licence's last valid day has passed; it has to be renewed first." },
    citizen: { zh: "证照已过有效期，请先向发证机关换证。", en: "The licence has run out; renew it first." },
  },
  VERDICT_LICENCE_UNKNOWN: {
    tone: "no",
    word: { zh: "查无此证", en: "No such licence" },
    clerk: { zh: "不要受理。签发地区的索引中没有这份证照；请持证人重新亮证，仍不通过的按疑似伪造处理。", en: "Do not accept. The issuing region's index knows no such licence; if a new code is refused too, treat it as a suspected forgery." },
    citizen: tellPresenter,
  },
  VERDICT_CODE_NOT_ISSUED: { tone: "no", word: { zh: "此码并非签发", en: "Not issued" }, clerk: notGenuine, citizen: tellPresenter },
  VERDICT_CODE_WITHDRAWN: {
    tone: "no",
    word: { zh: "此码已撤回", en: "Code withdrawn" },
    clerk: { zh: "不要受理这个码。亮证人已将它撤回；请其重新亮证。", en: "Do not accept this code: the presenter withdrew it. Ask for a new one." },
    citizen: { zh: "您已撤回这次亮证，请重新亮证。", en: "You withdrew this showing; start a new one." },
  },
  VERDICT_WITHDRAWN: {
    tone: "no",
    word: { zh: "证照已注销或换发", en: "Ended" },
    clerk: { zh: "不要受理这份证照。它已注销、作废、转出或被新证替换；持证人可能有新证。", en: "Do not accept this licence: it was cancelled, made void, transferred or replaced. The holder may have a new one." },
    citizen: { zh: "这份证照已结束使用，请出示新的证照。", en: "This licence has ended; show the new one." },
  },
  VERDICT_UNDETERMINED: { tone: "wait", word: { zh: "暂无法判断", en: "No decision" }, clerk: askOperator, citizen: notYourFault },
};

/** What is to be done about a verdict that could not be reached. */
export const undetermined: Partial<Record<NonNullable<Verification["reason"]>, Text>> = {
  UNDETERMINED_REASON_NOT_YET_SEEN: { zh: "证照可能刚刚签发，本地还没有收到。请一分钟后再扫一次。", en: "The licence may be so new that this region has not heard of it. Scan again in a minute." },
  UNDETERMINED_REASON_STALE: { zh: "本地的状态数据过旧，无法判断。请稍后再扫；持续如此请联系运维人员。", en: "The copy of the status is too old to decide. Scan again later; if it lasts, tell whoever runs the node." },
  UNDETERMINED_REASON_NO_STATUS: { zh: "本地还没有该地区的状态数据。请稍后再扫；持续如此请联系运维人员。", en: "There is no copy of that region's status yet. Scan again later; if it lasts, tell whoever runs the node." },
  UNDETERMINED_REASON_USE_NOT_CHECKED: { zh: "现在无法确认此码是否已用过。请稍后用新码再扫一次。", en: "Whether the code has been used cannot be told now. Scan a new code later." },
  UNDETERMINED_REASON_SOURCE_UNKNOWN: { zh: "发证机关暂时不能说明证照状态。请持证人向发证机关查询。", en: "The issuing authority cannot tell the licence's status at the moment. The holder can ask there." },
};

/** The words for an answer. A verdict of a newer node is no decision. */
export function wordsOf(answer: Pick<Verification, "verdict" | "reason">): VerdictWords {
  const words = verdicts[answer.verdict as keyof typeof verdicts] ?? verdicts.VERDICT_UNDETERMINED;
  const clerk = answer.reason ? undetermined[answer.reason] : undefined;
  return clerk && words === verdicts.VERDICT_UNDETERMINED ? { ...words, clerk } : words;
}
