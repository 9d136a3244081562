// Reads a USB keyboard-wedge scanner wherever the focus is.
//
// A scanner is a keyboard that types a whole code in a fraction of a second. Keys that follow one another faster than a person types are its;
// everything else is left alone. Physical keys are read (KeyboardEvent.code), so that neither the shift state, nor caps lock, nor a Chinese input
// method that takes the letters for pinyin changes a code, whose letters and digits are the same on every layout.
//
// Two codes that arrive in one burst are handed over as one text: the node says that they are two.

export interface ScanEvents {
  /** A burst has ended, however short. */
  scanned(text: string): void;
  /** A scanner has begun to type. */
  started(): void;
  /** What was handed over last is only the beginning of a scan, which goes on. */
  resumed(): void;
}

/** Keys further apart than this come from a person: the fastest typists need 60 ms a key, slow scanners take 30. */
const fastestTypingMs = 45;

/** So many fast keys are a scanner, and no roll of the fingers. */
const keysOfScanner = 5;

/** After the scanner's closing Enter or Tab, more of the same burst follows at once or not at all. */
const pauseAfterEndMs = 40;

/** Without a closing key the end is a pause: a scanner without suffix, or a scan cut short. */
const pauseMs = 120;

interface Typed {
  key: string;
  at: number;
}

export class KeyboardScanner {
  #typed: Typed[] = [];
  #isScanner = false;
  /** A scan that ended by a pause alone. The machine may have been slow, not the scanner: the next key's own time tells. */
  #ended: Typed[] = [];
  #timer: number | undefined;
  #field: { element: HTMLInputElement | HTMLTextAreaElement; value: string; start: number | null } | undefined;

  constructor(private readonly events: ScanEvents) {}

  /** Listens on the whole window, before anything on the page does. */
  listen(window: Window): void {
    window.addEventListener("keydown", (event) => this.#hear(event), { capture: true });
    // What an input method has made of the keys so far is taken back with the field's text.
    window.addEventListener("beforeinput", (event) => this.#isScanner && event.preventDefault(), { capture: true });
    window.addEventListener("compositionend", () => this.#isScanner && queueMicrotask(() => this.#restoreField()), { capture: true });
  }

  #hear(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) {
      return;
    }
    const key = characterOf(event);
    if (key === undefined) {
      return;
    }
    const now = event.timeStamp;
    this.#goOn(key, now);
    const last = this.#typed.at(-1);
    if (last && now - last.at > (this.#isScanner ? pauseMs : fastestTypingMs)) {
      this.#finish();
    }
    if (this.#typed.length === 0) {
      if (key === "\n") {
        return;
      }
      this.#rememberField(event.target);
    }
    this.#typed.push({ key, at: now });
    if (!this.#isScanner && this.#typed.length >= keysOfScanner && key !== "\n") {
      this.#begin();
    }
    if (this.#isScanner) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#finish(), this.#isScanner && key === "\n" ? pauseAfterEndMs : pauseMs);
  }

  #goOn(key: string, now: number): void {
    const ended = this.#ended;
    this.#ended = [];
    if (ended.length > 0 && key !== "\n" && now - ended.at(-1)!.at <= pauseMs) {
      this.#typed = ended;
      this.#isScanner = true;
      this.events.resumed();
    }
  }

  #begin(): void {
    this.#isScanner = true;
    this.#restoreField();
    this.events.started();
  }

  #finish(): void {
    clearTimeout(this.#timer);
    const text = this.#typed.map((typed) => typed.key).join("");
    const isScan = this.#isScanner;
    this.#ended = isScan && !text.endsWith("\n") ? this.#typed : [];
    this.#typed = [];
    this.#isScanner = false;
    this.#field = undefined;
    if (isScan) {
      this.events.scanned(text.trim());
    }
  }

  #rememberField(target: EventTarget | null): void {
    this.#field =
      target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement
        ? { element: target, value: target.value, start: target.selectionStart }
        : undefined;
  }

  /** Takes out of the focused field what the scanner has typed before it was recognised. */
  #restoreField(): void {
    if (this.#field) {
      const { element, value, start } = this.#field;
      element.value = value;
      if (start !== null) {
        element.setSelectionRange(start, start);
      }
    }
  }
}

/** The character of a physical key; undefined for keys that no code has. */
function characterOf(event: KeyboardEvent): string | undefined {
  if (event.code === "Enter" || event.code === "NumpadEnter" || event.code === "Tab") {
    return "\n";
  }
  const physical = /^(?:Key([A-Z])|(?:Digit|Numpad)([0-9]))$/.exec(event.code);
  if (physical) {
    return physical[1] ?? physical[2];
  }
  // A virtual keyboard or a scanner driver may send characters without keys; a link has more characters than a code.
  return /^[\x21-\x7e]$/.test(event.key) ? event.key : undefined;
}
