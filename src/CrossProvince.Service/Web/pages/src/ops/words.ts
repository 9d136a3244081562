// Names and numbers as this page writes them.
import { api } from "../api";
import { Names } from "../names";
import { language, say, t, type Text } from "../language";
import type { NodeState, VerdictCount } from "../operations";
import { verdicts } from "../verdicts";

/** What a verdict means for a count: accepted, refused, or not decided. */
export type Outcome = "valid" | "refused" | "undetermined";

export const outcomes: Outcome[] = ["valid", "refused", "undetermined"];

export function outcomeOf(verdict: VerdictCount["verdict"]): Outcome {
  return verdict === "VERDICT_VALID" ? "valid" : verdict === "VERDICT_UNDETERMINED" ? "undetermined" : "refused";
}

export function outcomeName(outcome: Outcome): string {
  return { valid: t("有效", "Valid"), refused: t("未通过", "Refused"), undetermined: t("无法判断", "Undetermined") }[outcome];
}

const reasons: Record<string, Text> = {
  UNDETERMINED_REASON_NO_STATUS: { zh: "没有索引", en: "no index" },
  UNDETERMINED_REASON_STALE: { zh: "索引过旧", en: "index too old" },
  UNDETERMINED_REASON_USE_NOT_CHECKED: { zh: "未能确认是否用过", en: "use not checked" },
  UNDETERMINED_REASON_TRUST_STALE: { zh: "信任列表过旧", en: "trust list too old" },
  UNDETERMINED_REASON_CLOCK: { zh: "时钟有误", en: "clock wrong" },
  UNDETERMINED_REASON_NOT_YET_SEEN: { zh: "证照尚未收到", en: "not seen yet" },
  UNDETERMINED_REASON_SOURCE_UNKNOWN: { zh: "来源无法说明", en: "source cannot tell" },
};

export function verdictName(count: Pick<VerdictCount, "verdict" | "reason">): string {
  const name = say(verdicts[count.verdict as keyof typeof verdicts]?.word) || (count.verdict ?? "");
  const reason = say(reasons[count.reason ?? ""]);
  return reason ? `${name}（${reason}）` : name;
}

/** Names of regions, licence types and scenarios. */
export class Directory {
  #regions = new Map<string, Text>();

  private constructor(
    private readonly names: Names,
    private readonly scenarios: ReadonlyMap<string, Text>,
  ) {}

  static async load(): Promise<Directory> {
    const [names, scenarios] = await Promise.all([Names.load(), api.scenarios()]);
    return new Directory(names, new Map(scenarios.map((s) => [s.id ?? "", { zh: s.names?.zh ?? "", en: s.names?.en ?? "" }])));
  }

  /** The trust list names the regions. */
  learn(state: NodeState): void {
    this.#regions = new Map(state.feeds.map((feed) => [feed.region, { zh: feed.name?.zh ?? "", en: feed.name?.en ?? "" }]));
  }

  region(code: string): string {
    return code ? `${say(this.#regions.get(code)) || t("地区", "Region")} ${code}` : t("未确认（签名不成立）", "not known (signature does not hold)");
  }

  regionShort(code: string): string {
    return code ? say(this.#regions.get(code)) || code : t("未确认", "not known");
  }

  scenario(id: string): string {
    return id ? say(this.scenarios.get(id)) || id : t("未确认", "not known");
  }

  type(id: string): string {
    return id ? this.names.type(id) : t("未确认", "not known");
  }
}

/** A count; 64-bit integers come as texts. */
export function number(value: string | number | undefined): number {
  return Number(value ?? 0);
}

export function count(value: string | number | undefined): string {
  return number(value).toLocaleString(language() === "zh" ? "zh-CN" : "en-GB");
}

export function share(part: number, whole: number): string {
  return whole === 0 ? "–" : `${((part / whole) * 100).toFixed(1)}%`;
}

/** A time between two moments, in the two largest units. */
export function span(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 60) {
    return t(`${seconds} 秒`, `${seconds} s`);
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return t(`${minutes} 分 ${seconds % 60} 秒`, `${minutes} min ${seconds % 60} s`);
  }
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? t(`${hours} 小时 ${minutes % 60} 分`, `${hours} h ${minutes % 60} min`) : t(`${Math.floor(hours / 24)} 天`, `${Math.floor(hours / 24)} days`);
}

export function milliseconds(microseconds: number): string {
  return microseconds === 0 ? "–" : microseconds < 10_000 ? `${(microseconds / 1000).toFixed(1)} ms` : `${Math.round(microseconds / 1000)} ms`;
}
