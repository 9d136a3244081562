// The views of the wallet, one upon another; the phone's own way back leads down again. The address never changes: it says nothing of anybody.

/** Draws itself into the page; what it returns is called when it goes. */
export type View = (page: HTMLElement) => (() => void) | void;

export class Views {
  #open: View[] = [];
  #close: (() => void) | void = undefined;

  constructor(private readonly page: HTMLElement) {
    window.addEventListener("popstate", (event) => {
      const depth = Number((event.state as { depth?: number } | null)?.depth ?? 0);
      if (this.#open.length > 1) {
        this.#open.length = Math.min(Math.max(1, depth + 1), this.#open.length);
        this.again();
      }
    });
  }

  /** Whether one view lies upon another. */
  get isDeep(): boolean {
    return this.#open.length > 1;
  }

  /** Begins anew with one view. */
  start(view: View): void {
    const depth = this.#open.length - 1;
    this.#open = [view];
    this.again();
    if (depth > 0) {
      history.go(-depth);
    }
  }

  /** Opens a view upon the one before. */
  go(view: View): void {
    this.#open.push(view);
    history.pushState({ depth: this.#open.length - 1 }, "");
    this.again();
  }

  /** Opens a view in the place of the one that is open. */
  swap(view: View): void {
    this.#open[this.#open.length - 1] = view;
    this.again();
  }

  back(): void {
    history.back();
  }

  /** Draws what is open anew. */
  again(): void {
    this.leave();
    this.#close = this.#open.at(-1)?.(this.page);
    window.scrollTo(0, 0);
    const heading = this.page.querySelector("h1");
    if (this.#open.length > 1 && heading) {
      // Whoever hears the page hears what has opened.
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
  }

  /** Closes what is open; something else takes the page. */
  leave(): void {
    this.#close?.();
    this.#close = undefined;
  }
}
