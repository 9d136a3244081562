// The verification record (核验单): one answer on paper, with what proves it.
import { correction, generate } from "lean-qr";
import type { Verification } from "../api";
import { element } from "../elements";
import { dateOf, say, t, timeOf, type Text } from "../language";
import type { Names } from "../names";
import type { RecordedVerification } from "../operations";
import { wordsOf } from "../verdicts";
import { rowsOf } from "./answer";

/** Under what an answer was asked for. */
export interface Occasion {
  organisation: string;
  terminal: string;
  scenario: Partial<Text> | undefined;
  matterCode: string;
  caseNumber: string;
}

/** Prints the record of an answer; the page shows it on paper only. */
export function printRecord(answer: Verification, occasion: Occasion, names: Names): void {
  printSheet(recordOf(answer, occasion, names));
}

/** Prints a record again: what was recorded, which is neither name nor number of anybody. */
export function printAgain(record: RecordedVerification, occasion: Occasion, names: Names): void {
  const now = new Date();
  printSheet(
    recordOf(
      record,
      occasion,
      names,
      t(
        `补打于 ${dateOf(now)} ${timeOf(now)}。姓名和证照号码不留存，补打的核验单不含这两项。`,
        `Printed again on ${dateOf(now)} ${timeOf(now)}. Names and numbers are not kept, so this copy has none.`,
      ),
    ),
  );
}

function printSheet(sheet: HTMLElement): void {
  document.querySelector(".record")?.remove();
  document.body.append(sheet);
  document.documentElement.classList.add("printing");
  addEventListener(
    "afterprint",
    () => {
      sheet.remove();
      document.documentElement.classList.remove("printing");
    },
    { once: true },
  );
  print();
}

function recordOf(answer: Verification | RecordedVerification, occasion: Occasion, names: Names, note?: string): HTMLElement {
  const moment = (at: Date) => `${dateOf(at)} ${timeOf(at)}`;
  const rows: [string, string | undefined][] = [
    [t("核验结果", "Result"), say(wordsOf(answer).word)],
    ...rowsOf(answer, names, moment),
    [t("核验时间", "Verified at"), moment(new Date(answer.verifiedAt ?? Date.now()))],
    [t("核验机构", "Verified by"), occasion.organisation],
    [t("终端", "Terminal"), occasion.terminal],
    [t("应用场景", "Scenario"), say(occasion.scenario)],
    [t("事项编码", "Matter code"), occasion.matterCode],
    [t("办件编号", "Case number"), occasion.caseNumber],
  ];
  const receipt = answer.receipt ? textOf(answer.receipt) : undefined;
  return element(
    "article",
    { class: "record" },
    element("h1", {}, t("电子证照核验单", "Verification record"), note && t("（补打）", " (copy)")),
    note && element("p", {}, note),
    element("table", {}, ...rows.filter(([, value]) => value).map(([name, value]) => element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value!)))),
    receipt && pictureOf(receipt),
    receipt &&
      element(
        "p",
        {},
        t(
          "二维码是本节点签名的核验凭据，不含个人信息；用 crossprovince receipt 可以验证其真伪。",
          "The code is this node's signed receipt and holds nothing of a person; crossprovince receipt tells whether it is genuine.",
        ),
      ),
    !receipt && element("p", {}, noReceipt()),
  );
}

/** Why a record has no receipt. */
export function noReceipt(): string {
  return t(
    "没有核验凭据的二维码：本节点签发凭据的密钥在这次核验之后更换过，不能再为当时签名。请以核验编号向本节点查询。",
    "There is no receipt's code: the key that signs receipts was replaced after this verification and cannot sign for that time. Ask this node by the receipt number.",
  );
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A receipt as text: CPR1 and Base32 (docs/signed-documents.md), which scanners read and type. */
export function textOf(base64: string): string {
  let text = "CPR1";
  let [bits, held] = [0, 0];
  for (const character of atob(base64)) {
    held = (held << 8) | character.charCodeAt(0);
    for (bits += 8; bits >= 5; bits -= 5) {
      text += alphabet[(held >> (bits - 5)) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + alphabet[(held << (5 - bits)) & 31] : text;
}

function pictureOf(text: string): SVGSVGElement {
  const code = generate(text, { minCorrectionLevel: correction.M, maxCorrectionLevel: correction.M });
  let path = "";
  for (let y = 0; y < code.size; y++) {
    for (let x = 0; x < code.size; x++) {
      path += code.get(x, y) ? `M${x} ${y}h1v1h-1z` : "";
    }
  }
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  const quiet = 4;
  svg.setAttribute("viewBox", `${-quiet} ${-quiet} ${code.size + 2 * quiet} ${code.size + 2 * quiet}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  const modules = document.createElementNS(namespace, "path");
  modules.setAttribute("d", path);
  svg.append(modules);
  return svg;
}
