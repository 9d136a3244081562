// Reads a USB keyboard-wedge scanner wherever the focus is.
//
// A scanner is a keyboard that types a whole code in a fraction of a second. Keys that follow one another faster than a person types are its;
// everything else is left alone. Physical keys are read (KeyboardEvent.code), so that neither the shift state, nor caps lock, nor a Chinese input
// method that takes the letters for pinyin changes a code, whose letters and digits are the same on every layout.
//
// How fast keys follow one another is told by the times that they themselves bear: when they were pressed, not when this page got to them. A
// machine that stands still makes no typist of a scanner, and the beginning of a code is waited for.
//
// Two codes that arrive in one burst are handed over as one text: the node says that they are two.
import { isBeginningOfCode } from "./beginning";

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

/** Keys of a scanner further apart than this belong to two scans. */
const pauseMs = 120;

/** After the scanner's closing Enter or Tab, more of the same burst follows at once or not at all. */
const pauseAfterEndMs = 40;

/** How long the rest of a code is waited for when neither it nor a closing key has come: a machine may stand still so long. */
const patienceMs = 1_000;

interface Typed {
  key: string;
  at: number;
}

type Field = { element: HTMLInputElement | HTMLTextAreaElement; value: string; start: number | null } | { element: HTMLSelectElement; value: string };

export class KeyboardScanner {
  #typed: Typed[] = [];
  #isScanner = false;
  /** The scan that was handed over last: the next key's own time tells whether it goes on. */
  #last: Typed[] = [];
  #timer: number | undefined;
  #field: Field | undefined;

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
    const previous = this.#typed.at(-1);
    if (previous && now - previous.at > (this.#isScanner ? pauseMs : fastestTypingMs)) {
      this.#finish();
    }
    if (this.#typed.length === 0) {
      const follows = this.#last.length > 0 && now - this.#last.at(-1)!.at <= pauseMs;
      if (key === "\n") {
        // The end of a scan that was whole before it came. Nothing on the page is to take it for the clerk's.
        if (follows) {
          keep(event);
        }
        return;
      }
      if (follows && this.#last.at(-1)!.key !== "\n") {
        this.#goOn();
      } else {
        this.#rememberField(event.target);
      }
    }
    this.#typed.push({ key, at: now });
    if (!this.#isScanner && this.#typed.length >= keysOfScanner && key !== "\n") {
      this.#begin();
    }
    if (this.#isScanner) {
      keep(event);
      this.#wait(key);
    }
  }

  /** Hands the scan over when nothing follows. */
  #wait(key: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#finish(), key === "\n" ? pauseAfterEndMs : isBeginningOfCode(this.#text) ? patienceMs : pauseMs);
  }

  #goOn(): void {
    this.#typed = this.#last;
    this.#isScanner = true;
    this.events.resumed();
  }

  #begin(): void {
    this.#isScanner = true;
    this.#restoreField();
    this.events.started();
  }

  #finish(): void {
    clearTimeout(this.#timer);
    const [text, isScan] = [this.#text, this.#isScanner];
    this.#last = isScan ? this.#typed : [];
    this.#typed = [];
    this.#isScanner = false;
    this.#field = undefined;
    if (isScan) {
      this.events.scanned(text.trim());
    }
  }

  get #text(): string {
    return this.#typed.map((typed) => typed.key).join("");
  }

  #rememberField(target: EventTarget | null): void {
    if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) {
      this.#field = { element: target, value: target.value, start: target.selectionStart };
    } else {
      this.#field = target instanceof HTMLSelectElement ? { element: target, value: target.value } : undefined;
    }
  }

  /** Takes back what the focused field has made of the scanner's keys before it was recognised. */
  #restoreField(): void {
    const field = this.#field;
    if (!field || field.element.value === field.value) {
      return;
    }
    field.element.value = field.value;
    if (!("start" in field)) {
      // A list goes to what begins with a letter, and has told so already.
      field.element.dispatchEvent(new Event("change", { bubbles: true }));
    } else if (field.start !== null) {
      field.element.setSelectionRange(field.start, field.start);
    }
  }
}

function keep(event: KeyboardEvent): void {
  event.preventDefault();
  event.stopImmediatePropagation();
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
