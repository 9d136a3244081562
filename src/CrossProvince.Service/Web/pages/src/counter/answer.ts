// The answer that fills the screen.
import type { Verification } from "../api";
import { element, sign } from "../elements";
import { momentOf, say, t, type Text } from "../language";
import { wordsOf, type Tone } from "../verdicts";
import { presenters, type Names } from "../names";
import type { RecordedVerification } from "../operations";

/** Green, red or amber: an answer that says VALID by old data is not green. */
export function toneOf(answer: Pick<Verification, "verdict" | "reason" | "stale" | "trustStale">): Tone {
  const { tone } = wordsOf(answer);
  return tone === "yes" && (answer.stale || answer.trustStale) ? "wait" : tone;
}

/** What an answer says of a licence and of itself, line by line; lines without a value are left out of what is shown. */
export function rowsOf(answer: Verification | RecordedVerification, names: Names, moment = (at: Date) => momentOf(at, new Date())): [string, string | undefined][] {
  const display = "display" in answer ? answer.display : undefined;
  return [
    [t("姓名", "Name"), display?.name],
    [t("号码", "Number"), display?.number],
    [t("证照类型", "Licence"), names.type(answer.licenceType)],
    [t("签发地区", "Issued in"), names.region(answer.issuingRegion)],
    [t("亮证人", "Shown by"), say(answer.presenter && presenters[answer.presenter])],
    [t("有效期至", "Valid until"), display ? display.validUntil || t("长期", "without end") : undefined],
    [t("备注", "Note"), display?.extra],
    [t("状态截至", "Status as of"), answer.statusAsOf && moment(new Date(answer.statusAsOf))],
    [t("核验编号", "Receipt number"), answer.verificationId],
  ];
}

/** The answer; with a button that prints its record, where there is one. */
export function showAnswer(answer: Verification, names: Names, print: () => void): HTMLElement {
  const words = wordsOf(answer);
  const tone = toneOf(answer);
  const rows = rowsOf(answer, names);
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
    answer.verificationId && element("button", { class: "quiet print", click: print }, t("打印核验单", "Print the record")),
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

/** What is shown when there is no verdict at all, or something else has failed. */
export function showFailure(text: Text, word = t("没有结果", "No result")): HTMLElement {
  return element(
    "section",
    { class: "answer wait", role: "alert", "data-verdict": "", "data-tone": "wait" },
    element("div", { class: "word" }, sign("wait"), element("p", {}, word)),
    element("p", { class: "next" }, say(text)),
  );
}
