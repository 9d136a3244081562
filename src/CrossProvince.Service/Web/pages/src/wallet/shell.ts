// The page itself: kept by the service worker so that it opens without a network, and renewed when the node has another. A phone keeps an installed
// page open for weeks: it asks whenever somebody comes back to it.
import { Since } from "../since";

/** Asked for at most so often. */
const pauseMs = 60_000;

/** The parts that this page was made of. */
const parts = [...document.querySelectorAll<HTMLScriptElement | HTMLLinkElement>("script[src], link[href]")].map((part) => new URL("src" in part ? part.src : part.href).pathname);

/** Keeps the page up to date, as long as it may be made anew. */
export function renewShell(mayReload: () => boolean): void {
  if (!("serviceWorker" in navigator)) {
    // It works all the same, but does not open without a network; and comes from the node each time.
    return;
  }
  let asked: Since | undefined;
  const check = async () => {
    if (document.visibilityState === "hidden" || (asked && asked.ms < pauseMs) || !mayReload()) {
      return;
    }
    asked = new Since();
    const newest = await newestPage();
    if (newest !== undefined && parts.some((part) => !newest.includes(`"${part}"`)) && mayReload()) {
      location.reload();
    }
  };
  // Where it may not be, such as in a private window, there is no worker.
  navigator.serviceWorker.register("/wallet/worker.js", { scope: "/wallet" }).then(check, () => undefined);
  document.addEventListener("visibilitychange", () => void check());
  window.addEventListener("online", () => void check());
}

/** The page as the node has it, which the worker keeps before it answers; undefined without a network. Making the page anew then gives that one. */
async function newestPage(): Promise<string | undefined> {
  const worker = navigator.serviceWorker.controller;
  if (!worker) {
    // The first time: it has just come from the node.
    return undefined;
  }
  const { port1, port2 } = new MessageChannel();
  return new Promise((answer) => {
    port1.onmessage = (event: MessageEvent<string | undefined>) => {
      port1.close();
      answer(event.data);
    };
    worker.postMessage("renew", [port2]);
  });
}
