// Makes elements. Text is always text: nothing a node or a code says is ever read as markup.

type Child = Node | string | null | undefined | false;

interface Attributes {
  class?: string;
  [name: string]: string | boolean | undefined | ((event: never) => void);
}

/** An element; a function is a listener for the event of its name, true an attribute without value. */
export function element<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      made.addEventListener(name, value as unknown as EventListener);
    } else if (value === true) {
      made.setAttribute(name, "");
    } else if (typeof value === "string") {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.filter((child): child is Node | string => typeof child === "string" || child instanceof Node));
  return made;
}

/** One of the signs that stand beside a colour, so that nobody needs the colour. */
export function sign(kind: "yes" | "no" | "wait"): SVGSVGElement {
  const paths = {
    yes: "M20 54 L43 77 L82 28",
    no: "M27 27 L73 73 M73 27 L27 73",
    wait: "M50 22 V58 M50 74 V78",
  };
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 100 100");
  svg.setAttribute("class", "sign");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("d", paths[kind]);
  svg.append(path);
  return svg;
}
