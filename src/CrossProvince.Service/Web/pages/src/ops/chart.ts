// Charts, each with its numbers as a table beneath: nobody needs to see the picture.
import { BarController, BarElement, CategoryScale, Chart, Legend, LineController, LineElement, LinearScale, PointElement, Tooltip } from "chart.js";
import { element } from "../elements";
import { t } from "../language";

Chart.register(BarController, BarElement, CategoryScale, Legend, LineController, LineElement, LinearScale, PointElement, Tooltip);
Chart.defaults.font.family = "system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif";
Chart.defaults.color = "#1a1d21";

export interface Series {
  name: string;
  /** NaN where there is none. */
  values: number[];
}

export interface Plot {
  kind: "bars" | "lines";
  title: string;
  /** What the numbers are. */
  unit: string;
  labels: string[];
  series: Series[];
  /** Counts: between two of them there is nothing. */
  whole?: boolean;
  /** Which ink comes first: what is good has the first for itself. */
  firstInk?: number;
  format(value: number): string;
}

/** Colours that stay apart for the colour-blind (Okabe and Ito), each with a hatching and a dash of its own. */
const inks = ["#00724f", "#b23b00", "#7a6a00", "#0060a0", "#a03a7a", "#1a1d21", "#666f7c"];
const points = ["circle", "rectRot", "triangle", "rect", "crossRot", "star", "cross"] as const;
const dashes = [[], [8, 4], [2, 3], [12, 3, 2, 3], [5, 2], [1, 2], [10, 8]];

/** A chart that can be given new numbers without flicker. */
export class ChartBox {
  readonly root: HTMLElement;
  readonly #canvas = element("canvas", { role: "img" });
  readonly #numbers = element("div", { class: "scroll" });
  readonly #title = element("h3", {});
  #chart: Chart | undefined;
  #shape = "";

  constructor() {
    const box = element("div", { class: "canvas" }, this.#canvas);
    this.root = element("figure", { class: "chart" }, this.#title, box, element("details", {}, element("summary", {}, t("显示数字", "Show the numbers")), this.#numbers));
  }

  show(plot: Plot): void {
    this.#title.textContent = `${plot.title}（${plot.unit}）`;
    this.#canvas.setAttribute("aria-label", describe(plot));
    this.#numbers.replaceChildren(table(plot));
    const shape = `${plot.kind}/${plot.series.map((series) => series.name).join("/")}`;
    if (this.#chart && shape === this.#shape) {
      this.#chart.data.labels = plot.labels;
      plot.series.forEach((series, i) => (this.#chart!.data.datasets[i]!.data = series.values));
      this.#chart.update("none");
      return;
    }
    this.#shape = shape;
    this.#chart?.destroy();
    this.#chart = new Chart(this.#canvas, {
      type: plot.kind === "bars" ? "bar" : "line",
      data: { labels: plot.labels, datasets: plot.series.map((series, i) => ({ label: series.name, data: series.values, ...look(plot.kind, i + (plot.firstInk ?? 0)) })) },
      options: {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        scales: {
          x: { stacked: plot.kind === "bars", ticks: { maxRotation: 0, autoSkipPadding: 16 }, grid: { display: false } },
          y: { stacked: plot.kind === "bars", beginAtZero: true, ticks: { precision: plot.whole ? 0 : undefined, callback: (value) => plot.format(Number(value)) } },
        },
        plugins: {
          legend: { position: "bottom", labels: { usePointStyle: plot.kind === "lines", pointStyle: "line", pointStyleWidth: 44, boxWidth: 36 } },
          tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${plot.format(item.parsed.y ?? 0)}` } },
        },
      },
    });
  }

  close(): void {
    this.#chart?.destroy();
    this.#chart = undefined;
  }
}

function look(kind: Plot["kind"], i: number) {
  const ink = inks[i % inks.length]!;
  return kind === "bars"
    ? { backgroundColor: hatching(ink, i), borderColor: ink, borderWidth: 1, barPercentage: 1, categoryPercentage: 0.92 }
    : { borderColor: ink, borderDash: dashes[i % dashes.length]!, borderWidth: 2, pointRadius: 2.5, pointStyle: points[i % points.length]!, pointHitRadius: 8, backgroundColor: ink };
}

/** Full, slanted, dotted, upright …: told apart without their colour. */
function hatching(ink: string, i: number): CanvasPattern | string {
  if (i === 0) {
    return ink;
  }
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d")!;
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = pen.fillStyle = ink;
  pen.lineWidth = 2.5;
  pen.beginPath();
  switch (i % 5) {
    case 1:
      pen.moveTo(-2, 10), pen.lineTo(10, -2), pen.moveTo(-2, 2), pen.lineTo(2, -2), pen.moveTo(6, 10), pen.lineTo(10, 6);
      break;
    case 2:
      pen.fillRect(1, 1, 3, 3), pen.fillRect(5, 5, 3, 3);
      break;
    case 3:
      pen.moveTo(2, 0), pen.lineTo(2, 8), pen.moveTo(6, 0), pen.lineTo(6, 8);
      break;
    case 4:
      pen.moveTo(0, 2), pen.lineTo(8, 2), pen.moveTo(0, 6), pen.lineTo(8, 6);
      break;
    default:
      pen.moveTo(0, 4), pen.lineTo(8, 4), pen.moveTo(4, 0), pen.lineTo(4, 8);
  }
  pen.stroke();
  return pen.createPattern(tile, "repeat") ?? ink;
}

function describe(plot: Plot): string {
  const sums = plot.series.map((series) => `${series.name} ${plot.format(series.values[series.values.length - 1] ?? 0)}`);
  return `${plot.title}（${plot.unit}）：${t("最近一段", "latest")} ${sums.join("，")}`;
}

function table(plot: Plot): HTMLElement {
  const rows = plot.labels.map((label, i) =>
    element("tr", {}, element("th", { scope: "row" }, label), ...plot.series.map((series) => element("td", {}, plot.format(series.values[i] ?? 0)))),
  );
  return element(
    "table",
    {},
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, t("时间", "Time")), ...plot.series.map((series) => element("th", { scope: "col" }, series.name)))),
    element("tbody", {}, ...rows.reverse()),
  );
}
