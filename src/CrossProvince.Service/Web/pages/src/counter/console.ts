// The console of a signed-in operator.
import { api, CallError, type Scenario, type Session, type Verification } from "../api";
import { element } from "../elements";
import { say, t, timeOf, type Text } from "../language";
import { wordsOf, type Tone } from "../verdicts";
import { showAnswer, showFailure, toneOf } from "./answer";
import { Camera } from "./camera";
import type { Names } from "./names";
import { KeyboardScanner } from "./scanner";
import { keepSettings, readSettings } from "./settings";
import { play } from "./sound";

/** The same text again within this time is the scanner's or the camera's second look at one code. */
const secondLookMs = 2_000;

/** How long an answer stays: nobody's name is left on a screen that nobody looks at. */
const answerStaysMs = 90_000;

const historyLength = 100;

interface ConsoleEvents {
  signedOut(): void;
  languageChanged(): void;
}

export class Console {
  readonly #settings = readSettings();
  readonly #closing = new AbortController();
  readonly #answer = element("div", { class: "screen", "aria-live": "assertive" });
  readonly #history = element("ol", { class: "history" });
  readonly #matter = element("input", { name: "matter", autocomplete: "off", maxlength: "64" });
  readonly #case = element("input", { name: "case", autocomplete: "off", maxlength: "64" });
  readonly #paste = element("textarea", { name: "paste", rows: "2", autocomplete: "off", spellcheck: "false" });
  readonly #scenario = element("select", { name: "scenario" });
  readonly #camera: Camera;
  #last: { text: string; at: number } | undefined;
  readonly #waiting: string[] = [];
  #busy = false;
  /** What stands on the screen, or comes back to it when a scan turns out to be a second look. */
  #shown: HTMLElement = element("p");
  #clearing: number | undefined;

  constructor(
    private readonly page: HTMLElement,
    private readonly session: Session,
    private readonly names: Names,
    private readonly scenarios: Scenario[],
    private readonly events: ConsoleEvents,
  ) {
    const video = element("video", { class: "camera", muted: true, playsinline: true, hidden: true });
    this.#camera = new Camera(video, (text) => void this.#verify(text));
    this.#build(video);
    scanner.events = { scanned: (text) => void this.#verify(text), started: () => this.#waitForAnswer(), resumed: () => this.#forget() };
    this.#showIdle();
  }

  /** Leaves the page; nothing of it listens any more. */
  close(): void {
    scanner.events = undefined;
    this.#closing.abort();
    this.#camera.stop();
    clearTimeout(this.#clearing);
  }

  #build(video: HTMLVideoElement): void {
    document.documentElement.classList.toggle("large", this.#settings.large);
    this.#scenario.append(
      ...this.scenarios.map((scenario) => element("option", { value: scenario.id ?? "" }, say(scenario.names))),
    );
    if (this.scenarios.some((scenario) => scenario.id === this.#settings.scenario)) {
      this.#scenario.value = this.#settings.scenario;
    }
    this.#scenario.addEventListener("change", () => {
      this.#settings.scenario = this.#scenario.value;
      keepSettings(this.#settings);
      this.#showDemands();
      this.#showIdle();
    });
    this.page.replaceChildren(
      element(
        "header",
        {},
        element("h1", {}, t("扫码核验", "Counter console")),
        element("p", { class: "who" }, `${this.session.organisation} · ${this.session.terminal}`),
        element(
          "div",
          { class: "tools" },
          this.#toggle(t("声音", "Sound"), this.#settings.sound, (on) => (this.#settings.sound = on)),
          this.#toggle(t("大字", "Large type"), this.#settings.large, (on) => {
            this.#settings.large = on;
            document.documentElement.classList.toggle("large", on);
          }),
          this.#cameraButton(video),
          element("button", { class: "quiet", click: () => void document.documentElement.requestFullscreen().catch(() => undefined) }, t("全屏", "Full screen")),
          element("button", { class: "quiet", click: this.events.languageChanged }, t("English", "中文")),
          element("a", { href: "/help", target: "_blank", rel: "noopener" }, t("帮助", "Help")),
          element("button", { class: "quiet", click: () => void this.#signOut() }, t("退出", "Sign out")),
        ),
        element(
          "div",
          { class: "matter" },
          element("label", {}, t("应用场景", "Scenario"), this.#scenario),
          element("label", { class: "demanded" }, t("事项编码", "Matter code"), this.#matter),
          element("label", { class: "demanded" }, t("办件编号", "Case number"), this.#case),
        ),
      ),
      element(
        "main",
        { class: "console" },
        element("div", { class: "stage" }, video, this.#answer),
        element(
          "aside",
          {},
          element(
            "form",
            {
              submit: (event: SubmitEvent) => {
                event.preventDefault();
                const text = this.#paste.value;
                this.#paste.value = "";
                void this.#verify(text);
              },
            },
            element("label", {}, t("没有扫码枪？把码的文字粘贴在这里", "No scanner? Paste the code's text here"), this.#paste),
            element("button", { type: "submit" }, t("核验", "Verify")),
          ),
          element("h2", {}, t("本次登录的核验", "Verified since signing in")),
          this.#history,
        ),
      ),
    );
    this.#showDemands();
  }

  #toggle(label: string, on: boolean, changed: (on: boolean) => void): HTMLButtonElement {
    const button = element(
      "button",
      {
        class: "quiet",
        "aria-pressed": String(on),
        click: () => {
          const now = button.getAttribute("aria-pressed") !== "true";
          button.setAttribute("aria-pressed", String(now));
          changed(now);
          keepSettings(this.#settings);
        },
      },
      label,
    );
    return button;
  }

  #cameraButton(video: HTMLVideoElement): HTMLButtonElement {
    const button = element(
      "button",
      {
        class: "quiet",
        "aria-pressed": "false",
        click: async () => {
          if (this.#camera.isOn) {
            this.#camera.stop();
          } else {
            await this.#camera.start().catch((error: Error) => this.#show(showFailure({ zh: error.message, en: error.message })));
          }
          video.hidden = !this.#camera.isOn;
          button.setAttribute("aria-pressed", String(this.#camera.isOn));
        },
      },
      t("摄像头", "Camera"),
    );
    return button;
  }

  get #chosen(): Scenario | undefined {
    return this.scenarios.find((scenario) => scenario.id === this.#scenario.value);
  }

  #demands(what: string): boolean {
    return this.#chosen?.requires?.includes(what) ?? false;
  }

  #showDemands(): void {
    this.#matter.required = this.#demands("matter-code");
    this.#case.required = this.#demands("case-number");
    this.#matter.parentElement!.classList.toggle("needed", this.#matter.required);
    this.#case.parentElement!.classList.toggle("needed", this.#case.required);
  }

  async #verify(scanned: string): Promise<void> {
    const text = scanned.trim();
    const now = performance.now();
    if (this.#busy) {
      // Another code, before the answer to the one before it: it has its turn, and its own line below.
      if (text !== "" && text !== this.#last?.text && !this.#waiting.includes(text)) {
        this.#waiting.push(text);
      }
      return;
    }
    if (text === "" || (this.#last?.text === text && now - this.#last.at < secondLookMs)) {
      this.#answer.classList.remove("waiting");
      this.#answer.replaceChildren(this.#shown);
      return;
    }
    const lacking = [this.#matter, this.#case].find((field) => field.required && field.value.trim() === "");
    if (lacking) {
      lacking.focus();
      this.#fail({ zh: "此场景需要先填写事项编码或办件编号，然后再扫。", en: "This scenario needs the matter code or case number first; then scan." });
      return;
    }
    this.#last = { text, at: now };
    this.#busy = true;
    this.#waitForAnswer();
    try {
      const answer = await api.verify({
        code: text.slice(0, 2_048),
        scenario: this.#scenario.value,
        terminalId: this.session.terminal,
        matterCode: this.#matter.value.trim(),
        caseNumber: this.#case.value.trim(),
        requestId: crypto.randomUUID(),
      });
      if (!this.#closing.signal.aborted && this.#last?.text === text) {
        this.#answered(answer);
      }
    } catch (error) {
      this.#last = undefined;
      if (this.#closing.signal.aborted) {
        return;
      }
      if (error instanceof CallError && error.kind === "signed-out") {
        this.#fail({ zh: "登录已过期，此码没有核验。请重新登录，再扫一次。", en: "The sign-in has ended and this code was not verified. Sign in and scan again." });
        this.#answer.append(element("button", { class: "big", click: () => this.events.signedOut() }, t("重新登录", "Sign in")));
      } else {
        this.#fail(error instanceof CallError ? error.text : { zh: "页面出错，此码没有核验：请刷新页面。", en: "The page failed and this code was not verified: reload it." });
      }
    } finally {
      if (this.#last) {
        this.#last.at = performance.now();
      }
      this.#busy = false;
    }
    const next = this.#waiting.shift();
    if (next !== undefined && !this.#closing.signal.aborted) {
      await this.#verify(next);
    }
  }

  #answered(answer: Verification): void {
    const tone = toneOf(answer);
    this.#show(showAnswer(answer, this.names));
    this.#sound(tone);
    this.#history.prepend(
      element(
        "li",
        { class: tone },
        element("time", {}, timeOf(new Date())),
        element("strong", {}, say(wordsOf(answer).word)),
        element("span", {}, [this.names.type(answer.licenceType), answer.display?.name].filter(Boolean).join(" · ")),
      ),
    );
    while (this.#history.children.length > historyLength) {
      this.#history.lastElementChild!.remove();
    }
  }

  #fail(text: Text): void {
    this.#show(showFailure(text));
    this.#sound("wait");
  }

  #show(content: HTMLElement): void {
    this.#shown = content;
    this.#answer.classList.remove("waiting");
    this.#answer.replaceChildren(content);
    clearTimeout(this.#clearing);
    this.#clearing = setTimeout(() => this.#showIdle(), answerStaysMs);
  }

  /** The last answer is no answer to the next code: it goes before the next one comes. */
  #waitForAnswer(): void {
    this.#answer.classList.add("waiting");
    this.#answer.replaceChildren(element("p", { class: "idle" }, t("正在核验……", "Verifying …")));
  }

  /** What is being verified is half a scan: whatever the answer, nobody waits for it. */
  #forget(): void {
    this.#last = undefined;
    this.#waitForAnswer();
  }

  #showIdle(): void {
    clearTimeout(this.#clearing);
    this.#shown = element("p", { class: "idle" }, t("请扫描亮证码", "Scan a code"), element("small", {}, say(this.#chosen?.names)));
    this.#answer.classList.remove("waiting");
    this.#answer.replaceChildren(this.#shown);
  }

  #sound(tone: Tone): void {
    if (this.#settings.sound) {
      play(tone);
    }
  }

  async #signOut(): Promise<void> {
    await api.signOut().catch(() => undefined);
    this.events.signedOut();
  }
}

/** One scanner for the window, whatever page it shows. */
const scanner: { events: ConstructorParameters<typeof KeyboardScanner>[0] | undefined } = { events: undefined };
new KeyboardScanner({ scanned: (text) => scanner.events?.scanned(text), started: () => scanner.events?.started(), resumed: () => scanner.events?.resumed() }).listen(window);
