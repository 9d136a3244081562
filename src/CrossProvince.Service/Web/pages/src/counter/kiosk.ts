// Kiosk mode: the screen is for scanning and for answers, and stays lit. Whoever leaves it is signed out, so that nobody at the counter gets at more than that.

/** Keeps the screen lit while the page is seen. */
export function keepScreenLit(until: AbortSignal): void {
  const light = () => {
    if (document.visibilityState === "visible" && !until.aborted) {
      // Where the browser cannot, or the battery is low, the screen goes dark as it always does.
      void navigator.wakeLock?.request("screen").then(
        (lock) => until.addEventListener("abort", () => void lock.release()),
        () => undefined,
      );
    }
  };
  document.addEventListener("visibilitychange", light, { signal: until });
  light();
}

/** The whole screen, as far as the browser lets a page have it. */
export function fillScreen(): void {
  void document.documentElement.requestFullscreen?.().catch(() => undefined);
}

export function leaveScreen(): void {
  if (document.fullscreenElement) {
    void document.exitFullscreen();
  }
}
