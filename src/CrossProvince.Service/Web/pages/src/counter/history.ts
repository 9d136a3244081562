// What this counter has verified today, as the region's nodes have recorded it: no name and no number of anybody.
import { CallError, type Verdict, type Verification } from "../api";
import { download, toCsv } from "../csv";
import { element } from "../elements";
import { dateOf, say, t, timeOf } from "../language";
import { operations, type RecordedVerification, type VerificationSearch } from "../operations";
import { wordsOf } from "../verdicts";
import { toneOf } from "./answer";
import type { Names } from "../names";

/** What a line shows, of a record or of an answer that has just come. */
type Line = Pick<
  RecordedVerification,
  "verificationId" | "verifiedAt" | "verdict" | "reason" | "stale" | "trustStale" | "licenceType" | "issuingRegion" | "matterCode" | "caseNumber"
>;

export interface HistoryEvents {
  /** Whose verifications are shown. */
  terminal(): string;
  /** The sign-in has ended. */
  expired(): void;
  /** A line was chosen: what was recorded, with its receipt. */
  opened(record: RecordedVerification): void;
}

const lines = 50;

/** Most records that a file gets; more are for the operator's report. */
const linesOfFile = 10_000;

export class History {
  readonly element: HTMLElement;
  readonly #list = element("ol", { class: "history" });
  readonly #more = element("button", { class: "quiet", hidden: true, click: () => void this.#goOn() }, t("更早的", "Earlier ones"));
  readonly #state = element("p", { role: "status" });
  readonly #text = element("input", { type: "search", name: "search", autocomplete: "off", maxlength: "64" });
  #next = "";
  /** Of several searches under way the last one counts. */
  #search = 0;

  constructor(
    private readonly names: Names,
    private readonly events: HistoryEvents,
  ) {
    this.element = element(
      "section",
      { class: "verified" },
      element("h2", {}, t("本窗口今日核验", "Verified here today")),
      element(
        "form",
        {
          class: "search",
          submit: (event: SubmitEvent) => {
            event.preventDefault();
            void this.load();
          },
        },
        element("label", {}, t("事项、办件或核验编号", "Matter, case or receipt number"), this.#text),
        element("button", { type: "submit", class: "quiet" }, t("查找", "Search")),
        element("button", { type: "button", class: "quiet", click: () => void this.#save() }, t("导出 CSV", "Save CSV")),
      ),
      this.#state,
      this.#list,
      this.#more,
    );
  }

  /** Shows the newest, or those that are searched for. */
  async load(): Promise<void> {
    await this.#show("");
  }

  /** Puts what was verified just now before the others. */
  add(answer: Verification, matterCode: string, caseNumber: string): void {
    if (this.#text.value.trim() === "") {
      this.#list.prepend(this.#line({ ...answer, matterCode, caseNumber }));
      this.#state.textContent = "";
    }
  }

  async #goOn(): Promise<void> {
    await this.#show(this.#next);
  }

  async #show(pageToken: string): Promise<void> {
    const search = ++this.#search;
    const found = await this.#ask({ ...this.#wish, pageSize: lines, pageToken });
    if (found && search === this.#search) {
      const items = (found.verifications ?? []).map((verification) => this.#line(verification));
      this.#list.replaceChildren(...(pageToken ? [...this.#list.children] : []), ...items);
      this.#next = found.nextPageToken ?? "";
      this.#more.hidden = this.#next === "";
      this.#state.textContent = this.#list.children.length === 0 ? t("没有记录。", "None.") : "";
    }
  }

  get #wish(): VerificationSearch {
    return { terminalId: this.events.terminal(), text: this.#text.value.trim() };
  }

  async #ask(search: VerificationSearch) {
    try {
      return await operations.search(search);
    } catch (error) {
      if (error instanceof CallError && error.kind === "signed-out") {
        this.events.expired();
      } else {
        this.#state.textContent = error instanceof CallError ? t("现在看不到记录；核验不受影响。", "The records cannot be seen now; verifying goes on.") : String(error);
      }
      return undefined;
    }
  }

  #line(verification: Line): HTMLElement {
    return element(
      "li",
      { class: toneOf(verification) },
      element(
        "button",
        { class: "line", title: t("查看或补打核验单", "See it, or print its record again"), click: () => void this.#open(verification.verificationId ?? "") },
        element("time", {}, timeOf(new Date(verification.verifiedAt ?? 0))),
        element("strong", {}, say(wordsOf(verification).word)),
        element("span", {}, [this.names.type(verification.licenceType), this.names.region(verification.issuingRegion), verification.matterCode, verification.caseNumber].filter(Boolean).join(" · ")),
      ),
    );
  }

  async #open(id: string): Promise<void> {
    this.#state.textContent = "";
    try {
      this.events.opened(await operations.verification(id));
    } catch (error) {
      if (error instanceof CallError && error.kind === "signed-out") {
        this.events.expired();
      } else {
        // The answer on the screen stays.
        this.#state.textContent =
          error instanceof CallError && error.kind !== "offline" ? say(error.text) : t("节点没有应答，现在看不到这条记录。", "The node does not answer: this record cannot be seen now.");
      }
    }
  }

  /** Every record that the search finds, as a file. */
  async #save(): Promise<void> {
    const rows: string[][] = [];
    let pageToken = "";
    do {
      const found = await this.#ask({ ...this.#wish, pageSize: 500, pageToken });
      if (!found) {
        return;
      }
      rows.push(...(found.verifications ?? []).map((verification) => this.#row(verification)));
      pageToken = found.nextPageToken ?? "";
    } while (pageToken !== "" && rows.length < linesOfFile);
    download(`crossprovince-${dateOf(new Date())}.csv`, toCsv(heading(), rows));
    this.#state.textContent = pageToken === "" ? "" : t(`只导出了最近的 ${rows.length} 条。`, `Only the last ${rows.length} were saved.`);
  }

  #row(verification: RecordedVerification): string[] {
    const moment = (time: string | undefined) => (time ? `${dateOf(new Date(time))} ${timeOf(new Date(time))}` : "");
    return [
      moment(verification.verifiedAt),
      say(wordsOf(verification).word),
      codeOf(verification.verdict),
      this.names.type(verification.licenceType),
      verification.issuingRegion ?? "",
      verification.scenario ?? "",
      verification.matterCode ?? "",
      verification.caseNumber ?? "",
      verification.terminalId ?? "",
      moment(verification.statusAsOf),
      verification.verificationId ?? "",
    ];
  }
}

function heading(): string[] {
  return [
    t("核验时间", "Verified at"),
    t("核验结果", "Result"),
    t("结果代码", "Verdict"),
    t("证照类型", "Licence"),
    t("签发地区", "Issued in"),
    t("应用场景", "Scenario"),
    t("事项编码", "Matter code"),
    t("办件编号", "Case number"),
    t("终端", "Terminal"),
    t("状态截至", "Status as of"),
    t("核验编号", "Receipt number"),
  ];
}

function codeOf(verdict: Verdict | undefined): string {
  return (verdict ?? "").replace("VERDICT_", "");
}
