// The service worker of the wallet: keeps the page itself and its parts, so that it opens without a network. It never sees a call to the node:
// no code and nothing of a person is ever in its cache.
//
// The page is asked of the node first, and what is kept follows it; parts have names that change with their content. A page that has long been open asks
// for the newest one by a message, and gets it when it is kept.

interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface Asked extends Lasting {
  readonly ports: readonly MessagePort[];
}

interface Fetching extends Lasting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

const worker = self as unknown as EventTarget & { skipWaiting(): Promise<void>; clients: { claim(): Promise<void> } };

const page = "/wallet";
const shell = "wallet";

/** A network slower than this is as good as none, when the page is here already. */
const patienceMs = 3_000;

const renew = () => fetch(page, { cache: "no-cache" }).then(keep);

worker.addEventListener("install", (event) => (event as Lasting).waitUntil(renew().then(() => worker.skipWaiting())));
worker.addEventListener("message", (event) => {
  const { ports } = event as Asked;
  (event as Lasting).waitUntil(
    renew().then(
      (text) => ports[0]?.postMessage(text),
      () => ports[0]?.postMessage(undefined),
    ),
  );
});
worker.addEventListener("activate", (event) => (event as Lasting).waitUntil(worker.clients.claim()));
worker.addEventListener("fetch", (event) => {
  const fetching = event as Fetching;
  const { method, mode, url } = fetching.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin) {
    return;
  }
  if (mode === "navigate" && pathname === page) {
    const fresh = fetch(fetching.request);
    // A page that has come without its parts, as in the middle of an upgrade, is none.
    const whole = fresh.then((answer) => keep(answer.clone()).then(() => answer));
    fetching.waitUntil(whole.catch(() => undefined));
    fetching.respondWith(pageFrom(fresh, whole));
  } else if (pathname.startsWith("/assets/") || pathname.startsWith("/wallet/")) {
    fetching.respondWith(caches.match(fetching.request, { cacheName: shell, ignoreVary: true }).then((kept) => kept ?? fetch(fetching.request)));
  }
});

async function pageFrom(fresh: Promise<Response>, whole: Promise<Response>): Promise<Response> {
  const kept = await caches.match(page, { cacheName: shell, ignoreVary: true });
  if (!kept) {
    return fresh;
  }
  const late = new Promise<Response>((done) => setTimeout(() => done(kept), patienceMs));
  return Promise.race([whole.catch(() => kept), late]);
}

let keeping: Promise<unknown> = Promise.resolve();

/** Keeps a page and its parts, one after another; what no longer belongs to it goes. Returns what the page says. */
function keep(answer: Response): Promise<string> {
  const kept = keeping.then(() => replaceShell(answer));
  keeping = kept.catch(() => undefined);
  return kept;
}

async function replaceShell(answer: Response): Promise<string> {
  if (!answer.ok || answer.redirected) {
    throw new Error(`The page answers ${answer.status}${answer.redirected ? " elsewhere" : ""}.`);
  }
  const text = await answer.clone().text();
  const cache = await caches.open(shell);
  const kept = await cache.match(page);
  if (kept && (await kept.text()) === text) {
    return text;
  }
  const parts = [...text.matchAll(/"(\/(?:assets|wallet)\/[^"]+)"/g)].map((found) => found[1]!);
  await cache.addAll(parts);
  await cache.put(page, answer);
  const belongs = new Set([page, ...parts]);
  await Promise.all((await cache.keys()).filter((request) => !belongs.has(new URL(request.url).pathname)).map((request) => cache.delete(request)));
  return text;
}
