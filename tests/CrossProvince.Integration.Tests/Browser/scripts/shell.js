// The wallet's page while nodes are upgraded: never an old one for long, and never half of a new one.
import { createServer } from "node:http";
import { ask, assert, given, withPage } from "./browser.js";
import { open, phone, show, turn } from "./phone.js";

/** The node as it looks after each upgrade: the page's own script has another name, and says which it is. */
class Deployment {
  version = 1;
  /** The new script is not there yet, as behind a gateway whose nodes differ. */
  broken = false;
  asked = 0;
  #held = Promise.resolve();
  #release = () => undefined;
  #server = createServer((request, response) => void this.#serve(request, response).catch(() => response.destroy()));

  #node = given.web;

  async start() {
    const page = await (await fetch(`${this.#node}/wallet`)).text();
    this.entry = page.match(/\/assets\/wallet-[^"]+\.js/)[0];
    await new Promise((done) => this.#server.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** No answer to who asks for the page, until release. */
  hold() {
    this.#held = new Promise((done) => (this.#release = done));
  }

  release() {
    this.#release();
  }

  async stop() {
    this.#release();
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #serve(request, response) {
    const own = /^\/assets\/wallet-of-version-(\d+)\.js$/.exec(request.url);
    if (request.url === "/wallet") {
      this.asked++;
      await this.#held;
    }
    const { host, "accept-encoding": encoding, "if-none-match": tag, "if-modified-since": since, connection, ...headers } = request.headers;
    const body = ["GET", "HEAD"].includes(request.method) ? undefined : Buffer.concat(await request.toArray());
    const answer = await fetch(this.#node + (own ? this.entry : request.url), { method: request.method, headers, body, redirect: "manual" });
    let content = Buffer.from(await answer.arrayBuffer());
    if (request.url === "/wallet") {
      content = Buffer.from(content.toString().replaceAll(this.entry, `/assets/wallet-of-version-${this.version}.js`));
    } else if (own) {
      content = Buffer.from(`globalThis.version = ${own[1]};\n${content}`);
    }
    const wanted = [...answer.headers].filter(([name]) => !["content-length", "content-encoding", "transfer-encoding", "connection", "etag", "last-modified", "set-cookie"].includes(name));
    response.writeHead(own && this.broken ? 404 : answer.status, { ...Object.fromEntries(wanted), "set-cookie": answer.headers.getSetCookie() });
    response.end(content);
  }
}

export const newShell = () =>
  withPage(phone, async (page, context) => {
    const { adult } = await ask("people");
    const site = new Deployment();
    await site.start();
    const versionIs = (version) => page.waitForFunction((expected) => globalThis.version === expected, version);
    const comeBack = async () => {
      await page.clock.fastForward(61_000);
      await turn(page, "hidden");
      await turn(page, "visible");
    };
    try {
      await page.clock.install();
      await open(page, adult, site.url);
      await page.waitForFunction(() => navigator.serviceWorker.controller);
      await versionIs(1);

      // Somebody comes back to a page that was open all the time; but not to one that shows a code.
      site.version = 2;
      await show(page);
      const before = site.asked;
      await comeBack();
      assert.deepEqual([await page.evaluate(() => globalThis.version), site.asked], [1, before], "a code stays on the screen");
      await page.click("button:text('撤回此码')");
      await page.click("button:text('返回')");
      await page.click("button:text('返回')");
      await page.locator(".cards .card").first().waitFor();
      await page.clock.fastForward(91_000);
      await comeBack();
      await versionIs(2);
      await page.locator(".cards .card").first().waitFor();

      // The network is slow: what is kept opens, and makes way for the new one when that has come.
      site.version = 3;
      site.hold();
      await page.reload();
      await versionIs(2);
      site.release();
      await versionIs(3);

      // Of a page whose parts are not there, nothing is shown; and without a network there is what was kept last.
      site.version = 4;
      site.broken = true;
      await page.reload();
      await versionIs(3);
      await context.setOffline(true);
      await page.reload();
      await versionIs(3);
      await page.locator("[role=alert]:text('没有网络')").waitFor();
    } finally {
      await site.stop();
    }
  });
