/** Time that has passed since this was made, by whichever of the device's clocks says more: one stands still while a phone sleeps, the other may be set. */
export class Since {
  readonly #ticks = performance.now();
  readonly #clock = Date.now();

  get ms(): number {
    return Math.max(performance.now() - this.#ticks, Date.now() - this.#clock);
  }
}
