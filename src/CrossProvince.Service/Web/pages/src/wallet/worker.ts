// The service worker of the wallet: keeps the page itself and its parts, so that it opens without a network. It never sees a call to the node:
// no code and nothing of a person is ever in its cache.
//
// The page is asked of the node first, and what is kept follows it; parts have names that change with their content.

interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
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

worker.addEventListener("install", (event) =>
  (event as Lasting).waitUntil(
    fetch(page, { cache: "no-cache" })
      .then(keep)
      .then(() => worker.skipWaiting()),
  ),
);
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
    fetching.waitUntil(fresh.then((answer) => keep(answer.clone())).catch(() => undefined));
    fetching.respondWith(pageFrom(fresh));
  } else if (pathname.startsWith("/assets/") || pathname.startsWith("/wallet/")) {
    fetching.respondWith(caches.match(fetching.request, { cacheName: shell, ignoreVary: true }).then((kept) => kept ?? fetch(fetching.request)));
  }
});

async function pageFrom(fresh: Promise<Response>): Promise<Response> {
  const kept = await caches.match(page, { cacheName: shell, ignoreVary: true });
  if (!kept) {
    return fresh;
  }
  const late = new Promise<Response>((done) => setTimeout(() => done(kept), patienceMs));
  return Promise.race([fresh.then((answer) => (answer.ok ? answer : kept)).catch(() => kept), late]);
}

/** Keeps a page and its parts; what no longer belongs to it goes. */
async function keep(answer: Response): Promise<void> {
  if (!answer.ok || answer.redirected) {
    throw new Error(`The page answers ${answer.status}${answer.redirected ? " elsewhere" : ""}.`);
  }
  const text = await answer.clone().text();
  const cache = await caches.open(shell);
  const kept = await cache.match(page);
  if (kept && (await kept.text()) === text) {
    return;
  }
  const parts = [...text.matchAll(/"(\/(?:assets|wallet)\/[^"]+)"/g)].map((found) => found[1]!);
  await cache.addAll(parts);
  await cache.put(page, answer);
  const belongs = new Set([page, ...parts]);
  await Promise.all((await cache.keys()).filter((request) => !belongs.has(new URL(request.url).pathname)).map((request) => cache.delete(request)));
}
