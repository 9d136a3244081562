// The node now: what is wrong comes first, then what it does, then everything it depends on.
import { CallError } from "../api";
import { element, sign } from "../elements";
import { dateOf, momentOf, say, t, timeOf, type Text } from "../language";
import { operations, type Expiry, type Feed, type Live, type NodeState } from "../operations";
import { ChartBox } from "./chart";
import { makeTable } from "./table";
import { count, milliseconds, number, outcomeName, outcomes, span, type Directory } from "./words";

const everyMs = 5_000;

/** Ends that are further away are shown on demand. */
const nearDays = 90;

/** Ends that are nearer than this are a problem. */
const soonDays = 30;

export class NowView {
  readonly root = element("div", { class: "view" });
  readonly #trouble = element("section", { class: "trouble", "aria-live": "polite" });
  readonly #pace = element("section", { class: "pace", "aria-label": t("现在的核验", "Verifications now") });
  readonly #rates = new ChartBox();
  readonly #times = new ChartBox();
  readonly #parts = element("div", {});
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #silentSince: Date | undefined;
  #openRest = false;
  /** What the trouble says, so that it is not read out again every five seconds. */
  #said = "";

  constructor(
    private readonly directory: Directory,
    private readonly signedOut: () => void,
  ) {
    this.root.append(this.#trouble, this.#pace, element("div", { class: "charts" }, this.#rates.root, this.#times.root), this.#parts);
    void this.#look();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#rates.close();
    this.#times.close();
  }

  async #look(): Promise<void> {
    try {
      const [state, live] = await Promise.all([operations.state(), operations.live()]);
      if (this.#closed) {
        return;
      }
      this.#silentSince = undefined;
      this.directory.learn(state);
      this.#showTrouble(state);
      this.#showPace(state, live);
      this.#showParts(state);
    } catch (error) {
      if (error instanceof CallError && error.kind === "signed-out") {
        this.signedOut();
        return;
      }
      this.#silentSince ??= new Date();
      this.#showSilence(error);
    }
    if (!this.#closed) {
      this.#timer = setTimeout(() => void this.#look(), everyMs);
    }
  }

  #showTrouble(state: NodeState): void {
    const said = JSON.stringify(state.problems);
    if (said === this.#said) {
      return;
    }
    this.#said = said;
    const critical = state.problems.filter((problem) => problem.severity === "SEVERITY_CRITICAL").length;
    const tone = critical > 0 ? "no" : state.problems.length > 0 ? "wait" : "yes";
    const headline =
      tone === "yes"
        ? t("没有发现问题", "Nothing is wrong")
        : critical > 0
          ? t(`${critical} 个严重问题`, critical === 1 ? "1 critical problem" : `${critical} critical problems`)
          : t(`${state.problems.length} 个需要注意`, state.problems.length === 1 ? "1 warning" : `${state.problems.length} warnings`);
    this.#trouble.className = `trouble ${tone}`;
    this.#trouble.replaceChildren(
      element("h2", {}, sign(tone), headline),
      element(
        "ul",
        {},
        ...state.problems.map((problem) => {
          const bad = problem.severity === "SEVERITY_CRITICAL";
          return element("li", { class: bad ? "no" : "wait" }, element("strong", {}, bad ? t("严重", "Critical") : t("注意", "Warning")), " ", say(problem.text));
        }),
      ),
    );
  }

  #showSilence(error: unknown): void {
    const why = error instanceof CallError && error.kind !== "offline" ? say(error.text) : t("节点没有应答，或网络中断。", "The node does not answer, or the network is down.");
    this.#said = "";
    this.#trouble.className = "trouble no";
    this.#trouble.replaceChildren(
      element("h2", {}, sign("no"), t("看不到节点的状态", "The node's state cannot be seen")),
      element("ul", {}, element("li", { class: "no" }, why, " ", t(`自 ${timeOf(this.#silentSince!)} 起；下面是那之前的情况。`, `Since ${timeOf(this.#silentSince!)}; below is what was before.`))),
    );
  }

  #showPace(state: NodeState, live: Live): void {
    // The last slot is under way: the one before it is whole.
    const whole = live.slots.slice(0, -1);
    const last = whole[whole.length - 1];
    const total = last ? last.valid + last.refused + last.undetermined : 0;
    const timed = [...whole].reverse().find((slot) => slot.p50Microseconds > 0);
    const figure = (name: string, value: string, note: string) => element("div", { class: "figure" }, element("span", {}, name), element("strong", {}, value), element("small", {}, note));
    const when = timed ? t(`${timeOf(new Date(timed.start ?? 0))} 起的 10 秒`, `ten seconds from ${timeOf(new Date(timed.start ?? 0))}`) : t("一小时内没有单笔核验", "no single scan within the hour");
    this.#pace.replaceChildren(
      element("p", { class: "quietly" }, t(`节点 ${live.node} · 截至 ${timeOf(new Date(state.now ?? 0))}`, `Node ${live.node} · as of ${timeOf(new Date(state.now ?? 0))}`)),
      figure(t("每秒核验", "Verifications a second"), (total / live.slotSeconds).toFixed(1), t("最近完整的 10 秒，本节点", "last whole ten seconds, this node")),
      figure(t("耗时 p50", "Time p50"), milliseconds(timed?.p50Microseconds ?? 0), when),
      figure(t("耗时 p95", "Time p95"), milliseconds(timed?.p95Microseconds ?? 0), when),
      figure(t("耗时 p99", "Time p99"), milliseconds(timed?.p99Microseconds ?? 0), when),
    );
    const labels = whole.map((slot) => timeOf(new Date(slot.start ?? 0)));
    this.#rates.show({
      kind: "bars",
      title: t("最近一小时", "The last hour"),
      unit: t("每秒核验", "verifications a second"),
      labels,
      series: outcomes.map((outcome) => ({ name: outcomeName(outcome), values: whole.map((slot) => slot[outcome] / live.slotSeconds) })),
      format: (value) => value.toFixed(value < 10 ? 1 : 0),
    });
    this.#times.show({
      kind: "lines",
      title: t("单笔核验耗时", "Time of one verification"),
      unit: t("毫秒，节点内", "milliseconds, within the node"),
      labels,
      series: (["p50", "p95", "p99"] as const).map((p) => ({ name: p, values: whole.map((slot) => (slot.p50Microseconds > 0 ? slot[`${p}Microseconds`] / 1000 : NaN)) })),
      format: (value) => (Number.isNaN(value) ? "–" : value.toFixed(value < 10 ? 1 : 0)),
    });
  }

  #showParts(state: NodeState): void {
    const near = state.expiries.filter((expiry) => expiry.inUseHere || expiry.daysLeft < nearDays);
    const rest = element(
      "details",
      { open: this.#openRest },
      element("summary", {}, t(`全部 ${state.expiries.length} 项`, `All ${state.expiries.length}`)),
      this.#expiries(t("全部证书和密钥", "All certificates and keys"), state.expiries),
    );
    rest.addEventListener("toggle", () => (this.#openRest = rest.open));
    const scrolled = [...this.#parts.querySelectorAll(".scroll")].map((box) => box.scrollLeft);
    this.#parts.replaceChildren(
      this.#feeds(state.feeds, new Date(state.now ?? 0)),
      makeTable(
        t("所依赖的部件", "What the node depends on"),
        [t("部件", "Part"), t("状态", "State"), t("说明", "Note")],
        state.components.map((part) => [say(partNames[part.name]) || part.name, mark(partStates[part.state ?? ""] ?? partStates.COMPONENT_STATE_UNSPECIFIED!), say(part.text)]),
        [1, 2],
      ),
      element("h2", {}, t("信任列表、证书和密钥", "Trust list, certificates and keys")),
      element(
        "p",
        {},
        t(
          `信任列表第 ${state.trustList?.version} 版，${state.trustList?.regions} 个地区，${dateOf(new Date(state.trustList?.expiresAt ?? 0))} 到期，还有 ${state.trustList?.daysLeft} 天。`,
          `Trust list version ${state.trustList?.version} of ${state.trustList?.regions} regions, ends ${dateOf(new Date(state.trustList?.expiresAt ?? 0))}, in ${state.trustList?.daysLeft} days.`,
        ),
      ),
      this.#expiries(t(`正在使用的，以及 ${nearDays} 天内到期的`, `In use here, or ending within ${nearDays} days`), near),
      rest,
      element("p", { class: "quietly" }, t(`程序版本 ${state.version}，${momentOf(new Date(state.startedAt ?? 0), new Date())} 启动。`, `Program version ${state.version}, started ${momentOf(new Date(state.startedAt ?? 0), new Date())}.`)),
    );
    this.#parts.querySelectorAll(".scroll").forEach((box, i) => (box.scrollLeft = scrolled[i] ?? 0));
  }

  #feeds(feeds: Feed[], now: Date): HTMLElement {
    return makeTable(
      t("各地区的证照索引", "Licence index of each region"),
      [t("地区", "Region"), t("状态", "State"), t("序号", "Change"), t("落后", "Behind by"), t("时间差", "Age"), t("最近的错误", "Last error")],
      feeds.map((feed) => [
        `${say(feed.name)} ${feed.region}${feed.own ? t("（本地区）", " (own)") : ""}`,
        mark(number(feed.forkedSeq) > 0 ? frozen : (freshness[feed.freshness ?? ""] ?? freshness.FRESHNESS_UNSPECIFIED!)),
        count(feed.seq),
        count(feed.lag),
        feed.asOf ? span(number(feed.ageMilliseconds)) : "–",
        feed.lastError ? `${feed.lastError} ${feed.failingSince ? t(`（自 ${momentOf(new Date(feed.failingSince), now)}）`, `(since ${momentOf(new Date(feed.failingSince), now)})`) : ""}` : "–",
      ]),
      [1, 5],
    );
  }

  #expiries(caption: string, expiries: Expiry[]): HTMLElement {
    return makeTable(
      caption,
      [t("种类", "Kind"), t("地区", "Region"), t("名称", "Name"), t("到期", "Ends"), t("还有", "Left")],
      expiries.map((expiry) => [
        `${say(kinds[expiry.kind ?? ""])}${expiry.inUseHere ? t("（本节点在用）", " (in use here)") : ""}`,
        this.directory.regionShort(expiry.region),
        expiry.subject,
        dateOf(new Date(expiry.expiresAt ?? 0)),
        expiry.daysLeft < 0 ? mark({ tone: "no", zh: "已到期", en: "ended" }) : expiry.daysLeft < soonDays ? mark({ tone: "wait", ...days(expiry.daysLeft) }) : say(days(expiry.daysLeft)),
      ]),
      [1, 2, 3],
    );
  }
}

function days(left: number): Text {
  return { zh: `${left} 天`, en: left === 1 ? "1 day" : `${left} days` };
}

interface Mark extends Text {
  tone: "yes" | "wait" | "no" | "none";
}

function mark(state: Mark): HTMLElement {
  return element("span", { class: `mark ${state.tone}` }, state.tone === "none" ? null : sign(state.tone), say(state));
}

const freshness: Record<string, Mark> = {
  FRESHNESS_UNSPECIFIED: { tone: "none", zh: "不明", en: "unknown" },
  FRESHNESS_FRESH: { tone: "yes", zh: "正常", en: "fresh" },
  FRESHNESS_STALE: { tone: "wait", zh: "偏旧", en: "stale" },
  FRESHNESS_TOO_OLD: { tone: "no", zh: "过旧", en: "too old" },
  FRESHNESS_MISSING: { tone: "no", zh: "没有", en: "missing" },
};

/** Followed no further, whatever its age. */
const frozen: Mark = { tone: "no", zh: "已冻结", en: "frozen" };

const partStates: Record<string, Mark> = {
  COMPONENT_STATE_UNSPECIFIED: { tone: "none", zh: "不明", en: "unknown" },
  COMPONENT_STATE_OK: { tone: "yes", zh: "正常", en: "works" },
  COMPONENT_STATE_DEGRADED: { tone: "wait", zh: "受影响", en: "degraded" },
  COMPONENT_STATE_DOWN: { tone: "no", zh: "不能用", en: "down" },
  COMPONENT_STATE_NOT_CONFIGURED: { tone: "none", zh: "未配置", en: "not configured" },
};

const partNames: Record<string, Text> = {
  database: { zh: "数据库", en: "Database" },
  recording: { zh: "核验记录", en: "Recording" },
  redis: { zh: "Redis", en: "Redis" },
};

const kinds: Record<string, Text> = {
  EXPIRY_KIND_CERTIFICATE: { zh: "节点证书", en: "Node certificate" },
  EXPIRY_KIND_PARTNER_CERTIFICATE: { zh: "合作方证书", en: "Partner certificate" },
  EXPIRY_KIND_CERTIFICATE_AUTHORITY: { zh: "证书机构", en: "Certificate authority" },
  EXPIRY_KIND_CODE_KEY: { zh: "亮证码密钥", en: "Code key" },
  EXPIRY_KIND_INDEX_KEY: { zh: "索引密钥", en: "Index key" },
  EXPIRY_KIND_RECEIPT_KEY: { zh: "回执密钥", en: "Receipt key" },
};
