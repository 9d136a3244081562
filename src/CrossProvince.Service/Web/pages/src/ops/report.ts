// The report of a month (监测评估), to be printed or taken along as a file.
import { CallError } from "../api";
import { download, toCsv } from "../csv";
import { element } from "../elements";
import { dateOf, say, t, timeOf } from "../language";
import { operations, type Report } from "../operations";
import { makeTable } from "./table";
import { count, number, share, verdictName, type Directory } from "./words";

export class ReportView {
  readonly root = element("div", { class: "view report" });
  readonly #month = element("input", { type: "month", name: "month", required: true, min: "2000-01", placeholder: "2026-11" });
  readonly #message = element("p", { role: "alert" });
  readonly #paper = element("article", { class: "paper" });
  readonly #print = element("button", { class: "quiet", name: "print", disabled: true, click: () => window.print() }, t("打印", "Print"));
  readonly #save = element("button", { class: "quiet", name: "csv", disabled: true, click: () => this.#saveCsv() }, t("存为 CSV", "Save as CSV"));
  #shown: Report | undefined;
  #asked = 0;

  constructor(
    private readonly directory: Directory,
    private readonly signedOut: () => void,
  ) {
    this.#month.value = dateOf(new Date()).slice(0, 7);
    const submit = (event: SubmitEvent) => {
      event.preventDefault();
      void this.#look();
    };
    this.root.append(
      element("form", { class: "filter", submit }, element("label", {}, t("月份", "Month"), this.#month), element("button", { type: "submit" }, t("生成", "Make")), this.#print, this.#save),
      this.#message,
      this.#paper,
    );
    void this.#look();
  }

  close(): void {
    this.#asked++;
  }

  async #look(): Promise<void> {
    const asked = ++this.#asked;
    this.#message.textContent = "";
    try {
      const report = await operations.report(this.#month.value);
      if (asked === this.#asked) {
        this.#show(report);
      }
    } catch (error) {
      if (error instanceof CallError && error.kind === "signed-out") {
        this.signedOut();
      } else if (asked === this.#asked) {
        this.#message.textContent =
          error instanceof CallError && error.kind !== "offline" ? say(error.text) : t("节点没有应答，请再试一次。", "The node does not answer; try again.");
      }
    }
  }

  #show(report: Report): void {
    this.#shown = report;
    this.#print.disabled = this.#save.disabled = false;
    const made = new Date(report.madeAt ?? 0);
    const total = number(report.total);
    this.#paper.replaceChildren(
      element("h2", {}, t("电子证照跨区域互认监测评估月报", "Monthly report on mutual recognition of electronic licences")),
      element(
        "p",
        {},
        t(
          `${this.directory.region(report.region)} · ${report.month}（北京时间）· ${dateOf(made)} ${timeOf(made)} 生成`,
          `${this.directory.region(report.region)} · ${report.month} (China Standard Time) · made ${dateOf(made)} ${timeOf(made)}`,
        ),
      ),
      !report.complete ? element("p", { class: "note" }, t("本月尚未结束，或仍有记录未写入数据库：数字还会增加。", "The month is not over, or records still wait for the database: the numbers will grow.")) : "",
      element(
        "p",
        { class: "sum" },
        t(
          `共核验 ${count(total)} 次，其中有效 ${count(report.valid)} 次，占 ${share(number(report.valid), total)}。`,
          `${count(total)} verifications, ${count(report.valid)} of them valid, ${share(number(report.valid), total)}.`,
        ),
      ),
      this.#summary(report),
      makeTable(
        t("明细", "In detail"),
        [t("核验地区", "Verified in"), t("签发地区", "Issued by"), t("应用场景", "Scenario"), t("证照类型", "Licence type"), t("结果", "Verdict"), t("次数", "Count")],
        report.lines.map((line) => [
          this.directory.regionShort(line.verifierRegion),
          this.directory.regionShort(line.issuingRegion),
          this.directory.scenario(line.scenario),
          this.directory.type(line.licenceType),
          verdictName(line),
          count(line.count),
        ]),
        [1, 2, 3, 4],
      ),
    );
  }

  #summary(report: Report): HTMLElement {
    const pairs = new Map<string, { verifier: string; issuing: string; total: number; valid: number }>();
    for (const line of report.lines) {
      const key = `${line.verifierRegion}/${line.issuingRegion}`;
      const pair = pairs.get(key) ?? { verifier: line.verifierRegion, issuing: line.issuingRegion, total: 0, valid: 0 };
      pair.total += number(line.count);
      pair.valid += line.verdict === "VERDICT_VALID" ? number(line.count) : 0;
      pairs.set(key, pair);
    }
    return makeTable(
      t("按地区", "By regions"),
      [t("核验地区", "Verified in"), t("签发地区", "Issued by"), t("次数", "Count"), t("有效", "Valid"), t("有效率", "Share")],
      [...pairs.values()].map((pair) => [this.directory.regionShort(pair.verifier), this.directory.regionShort(pair.issuing), count(pair.total), count(pair.valid), share(pair.valid, pair.total)]),
      [1],
    );
  }

  #saveCsv(): void {
    const report = this.#shown;
    if (report) {
      const heading = ["month", "verifier_region", "issuing_region", "scenario", "licence_type", "verdict", "reason", "count"];
      const rows = report.lines.map((line) => [report.month, line.verifierRegion, line.issuingRegion, line.scenario, line.licenceType, line.verdict, line.reason, number(line.count)]);
      download(`crossprovince-report-${report.region}-${report.month}.csv`, toCsv(heading, rows));
    }
  }
}
