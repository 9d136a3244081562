// What all scenarios share: a real browser, the page, and the test that has started it.
import { chromium } from "playwright-core";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import assert from "node:assert/strict";

export { assert };

export const given = JSON.parse(process.env.CROSSPROVINCE_BROWSER ?? "{}");

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** One line to the test. */
export function tell(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

/** The next line of the test; undefined when it has gone. */
export async function hear() {
  const { value, done } = await lines.next();
  return done ? undefined : JSON.parse(value);
}

/** Asks the test for something that only it can do, such as revoking a licence; its answer is JSON. */
export async function ask(what, argument = null) {
  tell({ what, argument });
  const answer = await hear();
  assert.ok(answer, "the test has gone");
  return answer.reply;
}

const quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

// What stands before the camera is a film that a scenario asks for when it needs one.
const camera = ["--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${given.film}`];

let browser;

export async function closeBrowser() {
  await browser?.close();
}

/** Does something in a profile of its own. Whatever a page logs as an error, and nobody expected, fails the scenario. */
export async function withPage(options, act) {
  if (!browser?.isConnected()) {
    browser = await chromium.launch({ executablePath: given.chromium, args: [...quiet, ...camera] });
  }
  const context = await browser.newContext({ viewport: widths.desktop, locale: "zh-CN", ...options });
  try {
    const page = await context.newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => message.type() === "error" && !message.text().startsWith("Failed to load resource") && errors.push(message.text()));
    await act(page, context);
    assert.deepEqual(errors, [], "errors of the page");
  } finally {
    await context.close();
  }
}

export async function signIn(page, scenario = "counter-check") {
  await page.goto(`${given.web}/counter`);
  await page.fill("[name=org]", given.organisation);
  await page.click("button[type=submit]");
  await page.selectOption("[name=scenario]", scenario);
}

/** Types as a scanner does: key after key without waiting for what becomes of them, then Enter. */
export const scan = (page, text, { enter = true } = {}) => press(page, enter ? `${text}\r` : text, scannerGapMs);

/** Goes on with a scan that the machine has held up: to its own clock, the scanner made no pause. */
export const goOnScanning = (page, text) => press(page, `${text}\r`, scannerGapMs, pressed);

/** Types as a quick typist does. */
export const type = (page, text) => press(page, text, 70);

const scannerGapMs = 3;

/** When the last key was pressed, Unix milliseconds. */
let pressed = 0;

/** Presses keys that bear the times of their pressing, so that a busy machine makes no typist of a scanner, nor two scans one. */
async function press(page, text, gapMs, from = Math.max(Date.now(), pressed + 300)) {
  const keyboard = await page.context().newCDPSession(page);
  pressed = from + text.length * gapMs;
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
  await shown.waitFor({ timeout: 20_000 });
  return {
    verdict: await shown.getAttribute("data-verdict"),
    tone: await shown.getAttribute("data-tone"),
    word: await shown.locator(".word").innerText(),
    text: await shown.innerText(),
  };
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
