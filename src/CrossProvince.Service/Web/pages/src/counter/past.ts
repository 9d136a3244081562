// A verification of before, as it was recorded. It must not be taken for the answer to whoever stands here now: it has no colour of its own, and begins with its time.
import { element, sign } from "../elements";
import { momentOf, say, t, type Text } from "../language";
import type { Names } from "../names";
import type { RecordedVerification } from "../operations";
import { wordsOf } from "../verdicts";
import { rowsOf, toneOf } from "./answer";
import { noReceipt, printAgain } from "./record";

export function showPast(record: RecordedVerification, organisation: string, names: Names, scenario: Partial<Text> | undefined): HTMLElement {
  const occasion = { organisation, terminal: record.terminalId ?? "", scenario, matterCode: record.matterCode ?? "", caseNumber: record.caseNumber ?? "" };
  const rows: [string, string | undefined][] = [
    ...rowsOf(record, names),
    [t("终端", "Terminal"), occasion.terminal],
    [t("应用场景", "Scenario"), say(scenario) || record.scenario],
    [t("事项编码", "Matter code"), occasion.matterCode],
    [t("办件编号", "Case number"), occasion.caseNumber],
    [t("已披露的字段", "Fields disclosed"), (record.disclosedFields ?? []).map((field) => names.field(field)).join(t("、", ", "))],
  ];
  const when = momentOf(new Date(record.verifiedAt ?? 0), new Date());
  return element(
    "section",
    { class: "past", "aria-label": t("核验记录", "A record") },
    element("h2", {}, t(`${when} 的核验记录`, `Verified at ${when}`)),
    element("p", { class: `result ${toneOf(record)}` }, sign(toneOf(record)), say(wordsOf(record).word)),
    element("p", { class: "note" }, t("这是以前的记录，不是现在的核验结果。姓名和证照号码不留存。", "This is a record of before, not an answer for now. Names and numbers are not kept.")),
    element("dl", {}, ...rows.filter(([, value]) => value).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value!)])),
    !record.receipt && element("p", { class: "note" }, noReceipt()),
    element("button", { class: "quiet print", click: () => printAgain(record, occasion, names) }, t("补打核验单", "Print the record again")),
  );
}
