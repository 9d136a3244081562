// One showing: the codes of one licence for one scenario, each fetched before the one before it ends. Codes are held in memory only, as pictures.
import type { Scenario } from "../api";
import { CallError } from "../api";
import type { Text } from "../language";
import { calls, noNetwork, trouble, type Licence, type Presentation, type Withdrawal } from "./calls";
import { Since } from "../since";

const tryAgainMs = 3_000;

/** Signed in, but not surely enough for this. */
const levelTooLow = "TOKEN_LEVEL_TOO_LOW";

/** Why there will be no more codes of a showing. */
export type Ending = "used" | "withdrawn" | "over" | "not-in-force" | "signed-out" | "refused";

const endings: Record<string, Ending> = {
  SHOWING_USED: "used",
  SHOWING_WITHDRAWN: "withdrawn",
  SHOWING_OVER: "over",
  LICENCE_NOT_IN_FORCE: "not-in-force",
};

/** What there is to see of a showing at one moment. */
export interface Sight {
  /** The code, while it is good. */
  picture: ImageBitmap | undefined;
  /** Whole seconds that it is still good for. */
  secondsLeft: number;
  /** Whole seconds until the next code is asked for. */
  secondsToNext: number;
  /** Why the next code has not come. */
  trouble: Text | undefined;
  ended: { why: Ending; text: Text } | undefined;
}

interface Living {
  since: Since;
  lifeMs: number;
  refreshMs: number;
}

export class Showing {
  #id = "";
  #picture: ImageBitmap | undefined;
  #living: Living | undefined;
  #asking = false;
  #isClosed = false;
  #pause: { since: Since; ms: number } | undefined;
  #trouble: Text | undefined;
  #ended: { why: Ending; text: Text } | undefined;

  constructor(
    readonly licence: Licence,
    readonly scenario: Scenario,
  ) {}

  /** Seconds that the last code is good for, shown or not. */
  get secondsLeft(): number {
    const { since, lifeMs } = this.#living ?? {};
    return since && this.#ended?.why !== "withdrawn" ? Math.max(0, Math.floor((lifeMs! - since.ms) / 1000)) : 0;
  }

  /** To be called some times a second while somebody looks: it is what asks for the next code. */
  look(): Sight {
    const secondsLeft = this.secondsLeft;
    if (secondsLeft === 0) {
      this.#drop();
    }
    const { since, refreshMs } = this.#living ?? {};
    const untilNext = this.#picture && since ? refreshMs! - since.ms : 0;
    if (untilNext <= 0 && !this.#asking && !this.#ended && !this.#isClosed && (!this.#pause || this.#pause.since.ms >= this.#pause.ms)) {
      void this.#ask();
    }
    const why = this.#trouble ?? (navigator.onLine ? undefined : noNetwork);
    return { picture: this.#picture, secondsLeft, secondsToNext: Math.max(0, Math.ceil(untilNext / 1000)), trouble: why, ended: this.#ended };
  }

  /** Does not wait any longer before it asks again. */
  hurry(): void {
    this.#pause = undefined;
  }

  /** No more codes; the last one is good until it ends or is withdrawn. */
  close(): void {
    this.#isClosed = true;
    this.#drop();
  }

  /** From now on this region refuses the codes of the showing. */
  async withdraw(): Promise<Withdrawal> {
    const answer = await calls.withdraw(this.#id);
    this.#end("withdrawn", {
      zh: "此次亮证已撤回，本地区已拒绝它的码。",
      en: "This showing is withdrawn: this region refuses its codes.",
    });
    return answer;
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    const since = new Since();
    try {
      const answer = await calls.present({
        licenceId: this.licence.licenceId ?? "",
        scenario: this.scenario.id ?? "",
        showingId: this.#id,
        formats: ["PICTURE_FORMAT_PNG"],
      });
      const picture = await createImageBitmap(pictureOf(answer));
      this.#id = answer.showingId ?? "";
      const made = Date.parse(answer.issuedAt!);
      // By the node's clock, from the moment of asking: no phone's clock and no slow network makes a code live longer.
      this.#living = { since, lifeMs: Date.parse(answer.expiresAt!) - made, refreshMs: Date.parse(answer.refreshAfter!) - made };
      this.#trouble = undefined;
      this.#pause = undefined;
      this.#drop();
      if (this.#isClosed || this.#ended) {
        picture.close();
      } else {
        this.#picture = picture;
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#asking = false;
    }
  }

  #failed(error: unknown): void {
    if (!(error instanceof CallError) || error.kind === "offline" || error.kind === "busy" || error.kind === "failed") {
      this.#trouble = trouble(error);
      this.#pause = { since: new Since(), ms: (error instanceof CallError && error.retryAfterMs) || tryAgainMs };
    } else if (error.kind === "signed-out") {
      this.#end("signed-out", error.reason === levelTooLow ? error.text : { zh: "登录已过期，请重新登录。", en: "The sign-in has ended; sign in again." });
    } else if (error.reason === "SHOWING_UNKNOWN" && this.#id !== "") {
      // The licence has another place in the lists since: the next code begins a new showing.
      this.#id = "";
    } else {
      this.#end(endings[error.reason ?? ""] ?? "refused", error.text);
    }
  }

  #end(why: Ending, text: Text): void {
    this.#ended ??= { why, text };
    this.#drop();
  }

  #drop(): void {
    this.#picture?.close();
    this.#picture = undefined;
  }
}

function pictureOf(answer: Presentation): Blob {
  return new Blob([Uint8Array.from(atob(answer.png ?? ""), (character) => character.charCodeAt(0))], { type: "image/png" });
}
