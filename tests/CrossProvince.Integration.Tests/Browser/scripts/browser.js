// What all scenarios share: a real browser, the page, and the test that has started it.
import { chromium } from "playwright-core";
import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import assert from "node:assert/strict";

export { assert };

const lines = createInterface({ input: process.stdin });

/** Scenarios of several fixtures are played side by side: each is told its own, and its answers find it by its number. */
const plays = new AsyncLocalStorage();

/** What the test has told the scenario. */
export const given = new Proxy({}, { get: (_, name) => plays.getStore().given[name] });

const launched = JSON.parse(process.env.CROSSPROVINCE_BROWSER ?? "{}");

const waiting = new Map();
let asked = 0;

/** One line to the tests. */
const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

/** Plays what the tests name, line by line, until they have gone. */
export async function play(scenarios) {
  for await (const line of lines) {
    const order = JSON.parse(line);
    if (order.scenario === undefined) {
      waiting.get(order.ask)?.(order);
      waiting.delete(order.ask);
    } else {
      void plays.run(order, async () => tell({ play: order.play, ended: await endOf(scenarios[order.scenario], order.scenario) }));
    }
  }
  await browser?.then((opened) => opened.close());
}

/** Why it does not hold; empty when it does. */
async function endOf(scenario, name) {
  try {
    assert.ok(scenario, `There is no scenario ${name}.`);
    await scenario();
    return "";
  } catch (error) {
    return error.stack ?? String(error);
  }
}

/** Asks the test for something that only it can do, such as revoking a licence; its answer is JSON. */
export async function ask(what, argument = null) {
  const number = ++asked;
  const answered = new Promise((answer) => waiting.set(number, answer));
  tell({ play: plays.getStore().play, ask: number, what, argument });
  const answer = await answered;
  assert.ok(answer.failed === undefined, `the test could not ${what}: ${answer.failed}`);
  return answer.reply;
}

/** On a machine that is many times slower, everything still comes. */
const patienceMs = 120_000;

const quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

// What stands before the camera is a film that a scenario asks for when it needs one.
const camera = ["--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${launched.film}`];

let browser;

/** One for all, begun by the first. */
async function openBrowser() {
  browser ??= chromium.launch({ executablePath: launched.chromium, args: [...quiet, ...camera] });
  const opened = await browser;
  if (!opened.isConnected()) {
    browser = undefined;
    return openBrowser();
  }
  return opened;
}

/** What no address and no storage of a browser may hold: a code, a token, a number or name of a sample person. Identifiers of verifications are hexadecimal. */
const personal = /CP1[A-Z2-7]{4}|eyJ|(?<![0-9a-f])[0-9]{17}[0-9X](?![0-9a-f])|王|%E7%8E%8B/;

/** Does something in a profile of its own. Whatever a page logs as an error, and nobody expected, fails the scenario, and so does anything personal that is left somewhere. */
export async function withPage(options, act) {
  const context = await (await openBrowser()).newContext({ viewport: widths.desktop, locale: "zh-CN", ...options });
  context.setDefaultTimeout(patienceMs);
  try {
    const page = await context.newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => message.type() === "error" && !message.text().startsWith("Failed to load resource") && errors.push(message.text()));
    const { web } = given;
    context.on("request", (request) => request.url().startsWith(web) && personal.test(request.url()) && errors.push(`a personal address: ${new URL(request.url()).pathname}`));
    await act(page, context);
    assert.deepEqual(errors, [], "errors of the page");
    for (const left of context.pages().filter((open) => open.url().startsWith("http"))) {
      const kept = await left.evaluate(() => JSON.stringify([location.href, history.state, { ...localStorage }, { ...sessionStorage }]));
      assert.doesNotMatch(kept, personal, "nothing personal is kept");
    }
  } finally {
    await context.close();
  }
}

let windows = 1;

/** Signs in at a terminal of its own, where nothing has been verified yet. */
export async function signIn(page, scenario = "counter-check", terminal = `window-${++windows}`) {
  await page.goto(`${given.web}/counter`);
  await page.fill("[name=org]", given.organisation);
  await page.fill("[name=terminal]", terminal);
  await page.click("button[type=submit]");
  await page.selectOption("[name=scenario]", scenario);
}

/** Types as a scanner does: key after key without waiting for what becomes of them, then Enter. */
export const scan = (page, text, { enter = true } = {}) => press(page, enter ? `${text}\r` : text, scannerGapMs);

/** Goes on with a scan that the machine has held up: to its own clock, the scanner made no pause. */
export const goOnScanning = (page, text) => press(page, `${text}\r`, scannerGapMs, pressed.get(page));

/** Types as a quick typist does. */
export const type = (page, text) => press(page, text, 70);

const scannerGapMs = 3;

/** When the last key of a page was pressed, Unix milliseconds. */
const pressed = new WeakMap();

/** Presses keys that bear the times of their pressing, so that a busy machine makes no typist of a scanner, nor two scans one. */
async function press(page, text, gapMs, from = Math.max(Date.now(), (pressed.get(page) ?? 0) + 300)) {
  const keyboard = await page.context().newCDPSession(page);
  pressed.set(page, from + text.length * gapMs);
  const sent = [...text].map((character, i) => {
    const key = character === "\r" ? { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13 } : { key: character, code: codeOf(character) };
    return keyboard.send("Input.dispatchKeyEvent", { type: "keyDown", ...key, text: character, timestamp: (from + i * gapMs) / 1000 });
  });
  await Promise.all(sent);
  await keyboard.detach();
}

/** The key that a character of a code is on. */
export const codeOf = (character) => (/[0-9]/.test(character) ? `Digit${character}` : `Key${character}`);

/** What somebody without a scanner does. */
export async function paste(page, text) {
  await page.fill("[name=paste]", text);
  await page.click("aside button");
}

/** Waits for the answer, and says what it is. */
export async function answer(page) {
  const shown = page.locator(".answer");
  await shown.waitFor();
  return {
    verdict: await shown.getAttribute("data-verdict"),
    tone: await shown.getAttribute("data-tone"),
    word: await shown.locator(".word").innerText(),
    text: await shown.innerText(),
  };
}

/** What an independent reader reads off a part of the screen. */
export async function readQr(locator) {
  const folder = mkdtempSync(join(tmpdir(), "crossprovince-"));
  try {
    const path = join(folder, "qr.png");
    await locator.screenshot({ path });
    return execFileSync("zbarimg", ["--nodbus", "--raw", "--quiet", "-Sdisable", "-Sqrcode.enable", path], { encoding: "utf8" }).trim();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Fails for what keeps people out (WCAG 2.1 A and AA): axe's findings that it calls serious or critical. */
export async function checkAccessible(page, where) {
  await page.evaluate(readFileSync(axe, "utf8"));
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }));
  const serious = violations.filter((violation) => ["serious", "critical"].includes(violation.impact));
  assert.deepEqual(serious.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(" ")}`), [], `accessibility of ${where}`);
}

async function keepPicture(page, path) {
  const devtools = await page.context().newCDPSession(page);
  const { data } = await devtools.send("Page.captureScreenshot", { format: "webp", quality: 80 });
  writeFileSync(path, Buffer.from(data, "base64"));
  await devtools.detach();
}

export const widths = { phone: { width: 390, height: 844 }, tablet: { width: 820, height: 1180 }, desktop: { width: 1280, height: 800 } };

/** Holds what is on the screen to every width: nothing beside the screen, nobody kept out. Keeps pictures where the test wants them (eng/pictures.sh). */
export async function checkEveryWidth(page, name) {
  for (const [width, viewport] of Object.entries(widths)) {
    await page.setViewportSize(viewport);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} needs sideways scrolling on a ${width}`);
    await checkAccessible(page, `${name} on a ${width}`);
    if (given.pictures) {
      await keepPicture(page, `${given.pictures}/${name}-${width}.webp`);
    }
  }
}
