// How this counter likes its page; kept in this browser. Nothing of a person, a case or a code is ever kept.

export interface Settings {
  scenario: string;
  sound: boolean;
  large: boolean;
}

const key = "counter";

export function readSettings(): Settings {
  let kept: Partial<Settings> = {};
  try {
    kept = JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Settings>;
  } catch {
    // Not ours, or damaged: as if there were none.
  }
  return { scenario: typeof kept.scenario === "string" ? kept.scenario : "", sound: kept.sound !== false, large: kept.large === true };
}

export function keepSettings(settings: Settings): void {
  localStorage.setItem(key, JSON.stringify(settings));
}
