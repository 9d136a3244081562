// What was verified in a span of time.
import { CallError } from "../api";
import { download, toCsv, type CsvValue } from "../csv";
import { element } from "../elements";
import { dateOf, say, t, timeOf } from "../language";
import { operations, type Statistics, type VerdictCount } from "../operations";
import { ChartBox } from "./chart";
import { bar, makeTable } from "./table";
import { count, number, outcomeName, outcomeOf, outcomes, share, verdictName, type Directory } from "./words";

const hourMs = 3_600_000;

/** So many kinds of refusal have a series of their own. */
const mostSeries = 5;

/** So many scenarios and types are shown; the file has all. */
const top = 10;

export class FiguresView {
  readonly root = element("div", { class: "view" });
  readonly #from = element("input", { type: "datetime-local", name: "from", required: true });
  readonly #until = element("input", { type: "datetime-local", name: "until", required: true });
  readonly #message = element("p", { role: "alert" });
  readonly #save = element("button", { class: "quiet", name: "csv", disabled: true, click: () => this.#saveCsv() }, t("存为 CSV", "Save as CSV"));
  readonly #sum = element("p", { class: "sum", role: "status" });
  readonly #counts = new ChartBox();
  readonly #refusals = new ChartBox();
  readonly #tables = element("div", { class: "tables" });
  readonly #charts = element("div", { class: "charts", hidden: true }, this.#counts.root, this.#refusals.root);
  #shown: Statistics | undefined;
  /** Answers may overtake one another. */
  #asked = 0;

  constructor(
    private readonly directory: Directory,
    private readonly signedOut: () => void,
  ) {
    const submit = (event: SubmitEvent) => {
      event.preventDefault();
      void this.#look(readChina(this.#from.value), readChina(this.#until.value));
    };
    const preset = (name: string, hours: number) => element("button", { type: "button", class: "quiet", click: () => this.#lookBack(hours) }, name);
    this.root.append(
      element(
        "form",
        { class: "filter", submit },
        element("label", {}, t("从", "From"), this.#from),
        element("label", {}, t("到", "Until"), this.#until),
        element("button", { type: "submit" }, t("查看", "Show")),
        preset(t("24 小时", "24 hours"), 24),
        preset(t("7 天", "7 days"), 24 * 7),
        preset(t("30 天", "30 days"), 24 * 30),
        preset(t("一年", "A year"), 24 * 365),
        this.#save,
      ),
      element("p", { class: "quietly" }, t("北京时间。三天以内、最近三个月的按小时，其余按天。", "China Standard Time. By hours up to three days of the last three months, else by days.")),
      this.#message,
      this.#sum,
      this.#charts,
      this.#tables,
    );
    this.#lookBack(24);
  }

  close(): void {
    this.#asked++;
    this.#counts.close();
    this.#refusals.close();
  }

  #lookBack(hours: number): void {
    const until = new Date(Math.ceil(Date.now() / 60_000) * 60_000);
    const from = new Date(until.getTime() - hours * hourMs);
    this.#from.value = writeChina(from);
    this.#until.value = writeChina(until);
    void this.#look(from, until);
  }

  async #look(from: Date, until: Date): Promise<void> {
    const asked = ++this.#asked;
    this.#message.textContent = "";
    this.root.setAttribute("aria-busy", "true");
    try {
      const statistics = await operations.statistics(from, until);
      if (asked === this.#asked) {
        this.#show(statistics);
      }
    } catch (error) {
      if (error instanceof CallError && error.kind === "signed-out") {
        this.signedOut();
      } else if (asked === this.#asked) {
        this.#message.textContent =
          error instanceof CallError && error.kind !== "offline" ? say(error.text) : t("节点没有应答，请再试一次。", "The node does not answer; try again.");
      }
    } finally {
      if (asked === this.#asked) {
        this.root.removeAttribute("aria-busy");
      }
    }
  }

  #show(statistics: Statistics): void {
    this.#shown = statistics;
    const total = number(statistics.total);
    const isEmpty = total === 0;
    this.#save.disabled = this.#charts.hidden = this.#tables.hidden = isEmpty;
    const of = (outcome: string) => sum(statistics.verdicts.filter((v) => outcomeOf(v.verdict) === outcome));
    const waiting = number(statistics.waitingRecords);
    this.#sum.textContent =
      `${this.#moment(statistics.from)} – ${this.#moment(statistics.until)}：${isEmpty ? t("没有核验", "no verifications") : t(`共 ${count(total)} 次`, `${count(total)} verifications`)}` +
      (isEmpty ? [] : outcomes).map((outcome) => `，${outcomeName(outcome)} ${count(of(outcome))}（${share(of(outcome), total)}）`).join("") +
      (waiting > 0 ? t(`；另有 ${count(waiting)} 条记录尚未写入数据库`, `; ${count(waiting)} records wait for the database`) : "");
    if (!isEmpty) {
      this.#showCharts(statistics);
      this.#showTables(statistics, total);
    }
  }

  #showCharts(statistics: Statistics): void {
    const slots = slotsOf(statistics);
    const unit = statistics.bucketSeconds === 3600 ? t("每小时次数", "per hour") : t("每天次数", "per day");
    const labels = slots.map((slot) => this.#label(slot.start, statistics.bucketSeconds));
    const round = (value: number) => count(Math.round(value));
    this.#counts.show({
      kind: "bars",
      title: t("核验次数", "Verifications"),
      unit,
      labels,
      series: outcomes.map((outcome) => ({ name: outcomeName(outcome), values: slots.map((slot) => sum(slot.verdicts.filter((v) => outcomeOf(v.verdict) === outcome))) })),
      whole: true,
      format: round,
    });
    const kinds = statistics.verdicts.filter((v) => outcomeOf(v.verdict) !== "valid");
    const shown = kinds.slice(0, mostSeries);
    const others = kinds.slice(mostSeries);
    const series = shown.map((kind) => ({ name: verdictName(kind), values: slots.map((slot) => sum(slot.verdicts.filter((v) => same(v, kind)))) }));
    if (others.length > 0) {
      series.push({ name: t("其他", "Others"), values: slots.map((slot) => sum(slot.verdicts.filter((v) => others.some((kind) => same(v, kind))))) });
    }
    this.#refusals.root.hidden = series.length === 0;
    if (series.length > 0) {
      this.#refusals.show({ kind: "bars", title: t("未通过和无法判断", "Refused and undetermined"), unit, labels, series, whole: true, firstInk: 1, format: round });
    }
  }

  #showTables(statistics: Statistics, total: number): void {
    const most = Math.max(1, ...statistics.verdicts.map((v) => number(v.count)));
    this.#tables.replaceChildren(
      makeTable(
        t("核验结果", "Verdicts"),
        [t("结果", "Verdict"), t("次数", "Count"), t("占比", "Share")],
        statistics.verdicts.map((v) => [verdictName(v), bar(count(v.count), number(v.count) / most), share(number(v.count), total)]),
      ),
      this.#matrix(statistics),
      this.#byId(t("应用场景", "Scenarios"), statistics.scenarios, (id) => this.directory.scenario(id)),
      this.#byId(t("证照类型", "Licence types"), statistics.licenceTypes, (id) => this.directory.type(id)),
    );
  }

  #byId(caption: string, counts: Statistics["scenarios"], name: (id: string) => string): HTMLElement {
    const most = Math.max(1, ...counts.map((c) => number(c.total)));
    return makeTable(
      counts.length > top ? t(`${caption}（前 ${top} 项）`, `${caption} (first ${top})`) : caption,
      [caption, t("次数", "Count"), t("有效率", "Valid")],
      counts.slice(0, top).map((c) => [name(c.id), bar(count(c.total), number(c.total) / most), share(number(c.valid), number(c.total))]),
    );
  }

  #matrix(statistics: Statistics): HTMLElement {
    const pairs = statistics.regionPairs;
    const regions = (codes: string[]) => [...new Set(codes)].sort((a, b) => (a || "999999").localeCompare(b || "999999"));
    const rows = regions(pairs.map((pair) => pair.verifierRegion));
    const columns = regions(pairs.map((pair) => pair.issuingRegion));
    const most = Math.max(1, ...pairs.map((pair) => number(pair.total)));
    return makeTable(
      t("地区 × 地区：哪里核验了哪里的证照（次数，有效率）", "Region × region: who verified whose licences (count, valid)"),
      [t("核验地区 \\ 签发地区", "Verified in \\ issued by"), ...columns.map((code) => this.directory.regionShort(code))],
      rows.map((row) => [
        this.directory.regionShort(row),
        ...columns.map((column) => {
          const pair = pairs.find((p) => p.verifierRegion === row && p.issuingRegion === column);
          return pair ? bar(`${count(pair.total)} · ${share(number(pair.valid), number(pair.total))}`, number(pair.total) / most) : "–";
        }),
      ]),
    );
  }

  #saveCsv(): void {
    const shown = this.#shown;
    if (!shown) {
      return;
    }
    const rows: CsvValue[][] = [
      ...slotsOf(shown).flatMap((slot) => slot.verdicts.map((v): CsvValue[] => ["time", writeChina(slot.start), v.verdict, v.reason, number(v.count), ""])),
      ...shown.regionPairs.map((p): CsvValue[] => ["region-pair", p.verifierRegion, p.issuingRegion, "", number(p.total), number(p.valid)]),
      ...shown.scenarios.map((s): CsvValue[] => ["scenario", s.id, "", "", number(s.total), number(s.valid)]),
      ...shown.licenceTypes.map((s): CsvValue[] => ["licence-type", s.id, "", "", number(s.total), number(s.valid)]),
    ];
    download(`crossprovince-${dateOf(new Date(shown.from ?? 0))}.csv`, toCsv(["part", "key", "key2", "reason", "count", "valid"], rows));
  }

  #moment(instant: string | undefined): string {
    const moment = new Date(instant ?? 0);
    return `${dateOf(moment)} ${timeOf(moment).slice(0, 5)}`;
  }

  #label(start: Date, seconds: number): string {
    return seconds === 3600 ? `${dateOf(start).slice(5)} ${timeOf(start).slice(0, 5)}` : dateOf(start);
  }
}

/** All buckets of the span: those without any verification are shown too, up to now. */
function slotsOf(statistics: Statistics): { start: Date; verdicts: VerdictCount[] }[] {
  const step = statistics.bucketSeconds * 1000;
  const found = new Map(statistics.buckets.map((bucket) => [new Date(bucket.start ?? 0).getTime(), bucket.verdicts]));
  const slots = [];
  const end = Math.min(new Date(statistics.until ?? 0).getTime(), Math.max(Date.now(), ...found.keys()) + 1);
  for (let at = new Date(statistics.from ?? 0).getTime(); at < end; at += step) {
    slots.push({ start: new Date(at), verdicts: found.get(at) ?? [] });
  }
  return slots;
}

function same(a: VerdictCount, b: VerdictCount): boolean {
  return a.verdict === b.verdict && a.reason === b.reason;
}

function sum(counts: VerdictCount[]): number {
  return counts.reduce((whole, c) => whole + number(c.count), 0);
}

/** As a field for date and time has it, in China Standard Time wherever this browser is. */
function writeChina(instant: Date): string {
  return `${dateOf(instant)}T${timeOf(instant).slice(0, 5)}`;
}

function readChina(text: string): Date {
  return new Date(`${text}:00+08:00`);
}
