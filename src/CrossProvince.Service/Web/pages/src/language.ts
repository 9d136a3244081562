// The two languages of every page: Chinese first, English by a switch that this browser remembers.

/** A text in both languages. */
export interface Text {
  zh: string;
  en: string;
}

export type Language = "zh" | "en";

const remembered = "language";

let current: Language = localStorage.getItem(remembered) === "en" ? "en" : "zh";

export function language(): Language {
  return current;
}

export function useLanguage(chosen: Language): void {
  current = chosen;
  localStorage.setItem(remembered, chosen);
  document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
}

/** What a text says in the language of the page. A node's text may lack a language. */
export function say(text: Partial<Text> | undefined): string {
  return text?.[current] || text?.zh || text?.en || "";
}

/** Text of the page itself. */
export function t(zh: string, en: string): string {
  return current === "zh" ? zh : en;
}

const dates = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit" });
const times = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** HH:MM:SS in China Standard Time. */
export function timeOf(instant: Date): string {
  return times.format(instant);
}

/** YYYY-MM-DD in China Standard Time. */
export function dateOf(instant: Date): string {
  return dates.format(instant);
}

/** The time, with the day before it when that is not today. */
export function momentOf(instant: Date, now: Date): string {
  return dateOf(instant) === dateOf(now) ? timeOf(instant) : `${dateOf(instant)} ${timeOf(instant)}`;
}
