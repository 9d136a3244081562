// Tables of counts, with bars that say the same as the numbers.
import { element } from "../elements";

export type Cell = string | Node;

/** Columns after the first are numbers, but for those named as texts. */
export function makeTable(caption: string, heading: string[], rows: Cell[][], texts: number[] = []): HTMLElement {
  const kind = (i: number) => (i === 0 || texts.includes(i) ? undefined : "number");
  return element(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    element(
      "table",
      {},
      element("caption", {}, caption),
      element("thead", {}, element("tr", {}, ...heading.map((name, i) => element("th", { scope: "col", class: kind(i) }, name)))),
      element(
        "tbody",
        {},
        ...rows.map((row) => element("tr", {}, ...row.map((cell, i) => (i === 0 ? element("th", { scope: "row" }, cell) : element("td", { class: kind(i) }, cell))))),
      ),
    ),
  );
}

/** A number with a bar behind it, as long as its part of the largest. */
export function bar(text: string, part: number): HTMLElement {
  const fill = element("span", { class: "fill", "aria-hidden": "true" });
  // Not an attribute: the content security policy has no styles in the page.
  fill.style.width = `${Math.round(Math.max(0, Math.min(1, part)) * 100)}%`;
  return element("span", { class: "bar" }, fill, element("span", {}, text));
}
