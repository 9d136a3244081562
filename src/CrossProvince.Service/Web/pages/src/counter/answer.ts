// The answer that fills the screen.
import type { Presenter, Verification } from "../api";
import { element, sign } from "../elements";
import { momentOf, say, t, type Text } from "../language";
import { wordsOf, type Tone } from "../verdicts";
import type { Names } from "./names";

const presenters: Record<Presenter, Text | undefined> = {
  PRESENTER_UNSPECIFIED: undefined,
  PRESENTER_HOLDER: { zh: "持证人本人", en: "The holder" },
  PRESENTER_GUARDIAN: { zh: "监护人", en: "A guardian" },
  PRESENTER_AGENT: { zh: "经办人", en: "An agent" },
  PRESENTER_OPERATOR: { zh: "窗口代持证人出示", en: "An operator, for the holder" },
};

/** Green, red or amber: an answer that says VALID by old data is not green. */
export function toneOf(answer: Verification): Tone {
  const { tone } = wordsOf(answer);
  return tone === "yes" && (answer.stale || answer.trustStale) ? "wait" : tone;
}

export function showAnswer(answer: Verification, names: Names): HTMLElement {
  const words = wordsOf(answer);
  const tone = toneOf(answer);
  const now = new Date();
  const rows: [string, string | undefined][] = [
    [t("姓名", "Name"), answer.display?.name],
    [t("号码", "Number"), answer.display?.number],
    [t("证照类型", "Licence"), names.type(answer.licenceType)],
    [t("签发地区", "Issued in"), names.region(answer.issuingRegion)],
    [t("亮证人", "Shown by"), say(answer.presenter && presenters[answer.presenter])],
    [t("有效期至", "Valid until"), answer.display ? answer.display.validUntil || t("长期", "without end") : undefined],
    [t("备注", "Note"), answer.display?.extra],
    [t("状态截至", "Status as of"), answer.statusAsOf && momentOf(new Date(answer.statusAsOf), now)],
    [t("核验编号", "Receipt number"), answer.verificationId],
  ];
  const disclosed = Object.entries(answer.disclosed ?? {});
  return element(
    "section",
    { class: `answer ${tone}`, role: "alert", "data-verdict": answer.verdict ?? "", "data-tone": tone },
    element("div", { class: "word" }, sign(tone), element("p", {}, say(words.word))),
    ...notesOf(answer).map((note) => element("p", { class: "note" }, say(note))),
    element("p", { class: "next" }, say(words.clerk)),
    rows.some(([, value]) => value) && element("dl", {}, ...rows.filter(([, value]) => value).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value!)])),
    disclosed.length > 0 &&
      element(
        "section",
        { class: "disclosed" },
        element("h2", {}, t("已授权披露的信息", "Disclosed for this purpose")),
        element("dl", {}, ...disclosed.flatMap(([name, value]) => [element("dt", {}, names.field(name)), element("dd", {}, value)])),
      ),
  );
}

/** What makes a good answer less than plain. */
function notesOf(answer: Verification): Text[] {
  const notes: Text[] = [];
  if (answer.verdict === "VERDICT_VALID" && answer.stale) {
    notes.push({ zh: "状态数据偏旧：在“状态截至”那一刻有效。重要事项请稍后再核验一次。", en: "The status is rather old: valid as of the time below. Verify again later if it matters." });
  }
  if (answer.verdict === "VERDICT_VALID" && answer.trustStale) {
    notes.push({ zh: "信任列表已过期，仍在宽限期内。请通知运维人员。", en: "The trust list has expired and is used in its grace period. Tell whoever runs the node." });
  }
  if (answer.repeated) {
    notes.push({ zh: "本窗口刚才已核验过这次亮证。", en: "This counter has verified this showing before." });
  }
  if (answer.specimen && answer.verdict === "VERDICT_VALID") {
    notes.push({ zh: "样例证照，仅供演示。", en: "A specimen, for demonstration only." });
  }
  if (answer.disclosureNote && say(answer.disclosureNote)) {
    notes.push({ zh: answer.disclosureNote.zh ?? "", en: answer.disclosureNote.en ?? "" });
  }
  return notes;
}

/** What is shown when there is no verdict at all. */
export function showFailure(text: Text): HTMLElement {
  return element(
    "section",
    { class: "answer wait", role: "alert", "data-verdict": "", "data-tone": "wait" },
    element("div", { class: "word" }, sign("wait"), element("p", {}, t("没有结果", "No result"))),
    element("p", { class: "next" }, say(text)),
  );
}
