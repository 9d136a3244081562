// The console of a signed-in operator.
import { api, CallError, type Scenario, type Session, type Verification } from "../api";
import { element } from "../elements";
import { say, t, type Text } from "../language";
import { notSignedOut, organisationOf, signOut, whenIdle } from "../session";
import type { Tone } from "../verdicts";
import { showAnswer, showFailure, toneOf } from "./answer";
import { Camera } from "./camera";
import { History } from "./history";
import { fillScreen, keepScreenLit, leaveScreen } from "./kiosk";
import type { Names } from "../names";
import { showPast } from "./past";
import { printRecord, type Occasion } from "./record";
import { KeyboardScanner } from "./scanner";
import { keepSettings, readSettings } from "./settings";
import { play } from "./sound";

/** The same text again within this time is the scanner's or the camera's second look at one code. */
const secondLookMs = 2_000;

/** How long an answer stays: nobody's name is left on a screen that nobody looks at. */
const answerStaysMs = 90_000;

/** In kiosk mode whoever comes next stands before the screen sooner. */
const answerStaysInKioskMs = 20_000;

/** What the clerk has typed for the case at hand. */
export interface Draft {
  matter: string;
  case: string;
}

interface ConsoleEvents {
  signedOut(): void;
  /** The sign-in has ended by itself: whoever signs in again goes on where this was. */
  expired(): void;
  languageChanged(): void;
}

export class Console {
  readonly #settings = readSettings();
  readonly #closing = new AbortController();
  readonly #answer = element("div", { class: "screen", "aria-live": "assertive" });
  readonly #terminal = element("input", { name: "terminal", required: true, autocomplete: "off", maxlength: "64" });
  readonly #history: History;
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
  readonly #video: HTMLVideoElement;
  #cameraSwitch: HTMLButtonElement | undefined;

  constructor(
    private readonly page: HTMLElement,
    private readonly session: Session,
    private readonly names: Names,
    private readonly scenarios: Scenario[],
    private readonly events: ConsoleEvents,
    draft: Draft | undefined,
  ) {
    this.#matter.value = draft?.matter ?? "";
    this.#case.value = draft?.case ?? "";
    const video = element("video", { class: "camera", muted: true, playsinline: true, hidden: true });
    this.#camera = new Camera(video, { scanned: (text) => void this.#verify(text), failed: (why) => this.#cameraFailed(why) });
    this.#terminal.value = session.terminal || this.#settings.terminal;
    this.#terminal.addEventListener("change", () => {
      this.#settings.terminal = this.#terminal.value.trim();
      keepSettings(this.#settings);
      void this.#history.load();
    });
    this.#history = new History(names, {
      terminal: () => this.#terminal.value.trim(),
      expired: () => events.expired(),
      opened: (record) => this.#show(showPast(record, organisationOf(this.session), this.names, this.#scenarioNames(record.scenario))),
    });
    this.#video = video;
    this.#build(video);
    void this.#history.load();
    window.addEventListener("keydown", (event) => event.key === "Escape" && !this.#busy && this.#showIdle(), { signal: this.#closing.signal });
    whenIdle(session, this.#closing.signal, () => events.expired());
    scanner.events = { scanned: (text) => void this.#verify(text), started: () => this.#waitForAnswer(), resumed: () => this.#forget() };
    if (this.#settings.kiosk) {
      this.#beKiosk();
    }
    this.#showIdle();
  }

  get draft(): Draft {
    return { matter: this.#matter.value, case: this.#case.value };
  }

  /** Leaves the page; nothing of it listens any more. */
  close(): void {
    scanner.events = undefined;
    this.#closing.abort();
    this.#camera.stop();
    clearTimeout(this.#clearing);
    document.documentElement.classList.remove("kiosk");
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
        element("p", { class: "who" }, [say(this.session.organisationNames ?? undefined) || this.session.organisation, this.session.terminal].filter(Boolean).join(" · ")),
        element(
          "div",
          { class: "tools" },
          this.#toggle(t("声音", "Sound"), this.#settings.sound, (on) => (this.#settings.sound = on)),
          this.#toggle(t("大字", "Large type"), this.#settings.large, (on) => {
            this.#settings.large = on;
            document.documentElement.classList.toggle("large", on);
          }),
          this.#cameraButton(),
          element("button", { class: "quiet wide", click: fillScreen }, t("全屏", "Full screen")),
          element("button", { class: "quiet", click: () => this.#enterKiosk() }, t("自助", "Kiosk")),
          element("button", { class: "quiet", click: this.events.languageChanged }, t("English", "中文")),
          element("a", { href: "/help", target: "_blank", rel: "noopener" }, t("帮助", "Help")),
          element("button", { class: "quiet", click: () => void this.#signOut() }, t("退出", "Sign out")),
        ),
        element("button", { class: "quiet leave", click: () => void this.#leaveKiosk() }, t("结束并退出登录", "End and sign out")),
        element(
          "div",
          { class: "matter" },
          !this.session.terminal && element("label", { class: "needed" }, t("终端编号", "Terminal"), this.#terminal),
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
          this.#history.element,
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

  #cameraButton(): HTMLButtonElement {
    const button = element(
      "button",
      {
        class: "quiet",
        "aria-pressed": "false",
        click: async () => {
          button.disabled = true;
          if (this.#camera.isOn) {
            this.#camera.stop();
          } else {
            await this.#camera.start().catch((error: Error) => this.#cameraFailed(error.message));
          }
          button.disabled = false;
          this.#showCamera();
        },
      },
      t("摄像头", "Camera"),
    );
    return (this.#cameraSwitch = button);
  }

  #showCamera(): void {
    this.#video.hidden = !this.#camera.isOn;
    this.#cameraSwitch?.setAttribute("aria-pressed", String(this.#camera.isOn));
  }

  #cameraFailed(why: string): void {
    this.#showCamera();
    this.#show(showFailure({ zh: why, en: why }, t("摄像头没有打开", "No camera")));
  }

  #enterKiosk(): void {
    this.#settings.kiosk = true;
    this.#matter.value = this.#case.value = "";
    keepSettings(this.#settings);
    fillScreen();
    this.#beKiosk();
    this.#showIdle();
  }

  #beKiosk(): void {
    document.documentElement.classList.add("kiosk");
    keepScreenLit(this.#closing.signal);
  }

  /** Only whoever has signed out is out of it. */
  async #leaveKiosk(): Promise<void> {
    await this.#signOut(() => {
      this.#settings.kiosk = false;
      keepSettings(this.#settings);
      leaveScreen();
    });
  }

  #scenarioNames(id: string | undefined): Partial<Text> | undefined {
    return this.scenarios.find((scenario) => scenario.id === id)?.names;
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
    const lacking = [this.#terminal, this.#matter, this.#case].find((field) => field.required && field.value.trim() === "");
    if (lacking) {
      lacking.focus();
      this.#fail(
        lacking === this.#terminal
          ? { zh: "请先填写本窗口的终端编号，然后再扫。", en: "Say which terminal this is first; then scan." }
          : { zh: "此场景需要先填写事项编码或办件编号，然后再扫。", en: "This scenario needs the matter code or case number first; then scan." },
      );
      return;
    }
    this.#last = { text, at: now };
    this.#busy = true;
    this.#waitForAnswer();
    const occasion: Occasion = {
      organisation: organisationOf(this.session),
      terminal: this.#terminal.value.trim(),
      scenario: this.#chosen?.names,
      matterCode: this.#matter.value.trim(),
      caseNumber: this.#case.value.trim(),
    };
    try {
      const answer = await api.verify({
        code: text.slice(0, 2_048),
        scenario: this.#scenario.value,
        terminalId: occasion.terminal,
        matterCode: occasion.matterCode,
        caseNumber: occasion.caseNumber,
        requestId: crypto.randomUUID(),
        wantReceipt: true,
      });
      if (!this.#closing.signal.aborted && this.#last?.text === text) {
        this.#answered(answer, occasion);
      }
    } catch (error) {
      this.#last = undefined;
      if (this.#closing.signal.aborted) {
        return;
      }
      if (error instanceof CallError && error.kind === "signed-out") {
        this.#fail({ zh: "登录已过期，此码没有核验。请重新登录，再扫一次。", en: "The sign-in has ended and this code was not verified. Sign in and scan again." });
        this.#answer.append(element("button", { class: "big", click: () => this.events.expired() }, t("重新登录", "Sign in")));
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

  #answered(answer: Verification, occasion: Occasion): void {
    const tone = toneOf(answer);
    this.#show(showAnswer(answer, this.names, () => printRecord(answer, occasion, this.names)));
    this.#sound(tone);
    this.#history.add(answer, occasion.matterCode, occasion.caseNumber);
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
    this.#clearing = setTimeout(() => this.#showIdle(), this.#settings.kiosk ? answerStaysInKioskMs : answerStaysMs);
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

  async #signOut(left?: () => void): Promise<void> {
    try {
      await signOut("counter", left);
      this.events.signedOut();
    } catch (error) {
      this.#show(showFailure(error instanceof CallError ? notSignedOut : { zh: String(error), en: String(error) }, t("没有退出", "Still signed in")));
    }
  }
}

/** One scanner for the window, whatever page it shows. */
const scanner: { events: ConstructorParameters<typeof KeyboardScanner>[0] | undefined } = { events: undefined };
new KeyboardScanner({ scanned: (text) => scanner.events?.scanned(text), started: () => scanner.events?.started(), resumed: () => scanner.events?.resumed() }).listen(window);
