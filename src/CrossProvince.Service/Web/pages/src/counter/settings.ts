// How this counter likes its page; kept in this browser. Nothing of a person, a case or a code is ever kept.

export interface Settings {
  scenario: string;
  /** Which terminal this is, where the token of whoever signs in does not say. */
  terminal: string;
  sound: boolean;
  large: boolean;
  kiosk: boolean;
}

const key = "counter";

export function readSettings(): Settings {
  let kept: Partial<Settings> = {};
  try {
    kept = JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Settings>;
  } catch {
    // Not ours, or damaged: as if there were none.
  }
  return {
    scenario: typeof kept.scenario === "string" ? kept.scenario : "",
    terminal: typeof kept.terminal === "string" ? kept.terminal : "",
    sound: kept.sound !== false,
    large: kept.large === true,
    kiosk: kept.kiosk === true,
  };
}

export function keepSettings(settings: Settings): void {
  localStorage.setItem(key, JSON.stringify(settings));
}
