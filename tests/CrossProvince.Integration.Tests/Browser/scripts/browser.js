// What all scenarios share: a real browser, the page, and the test that has started it.
import { chromium } from "playwright-core";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import assert from "node:assert/strict";

export { assert };

export const given = JSON.parse(process.env.CROSSPROVINCE_BROWSER ?? "{}");

const replies = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Asks the test for something that only it can do, such as revoking a licence; its answer is JSON. */
export async function ask(what, argument = null) {
  process.stdout.write(`${JSON.stringify({ what, argument })}\n`);
  const { value, done } = await replies.next();
  assert.ok(!done, "the test has gone");
  return JSON.parse(value);
}

const quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Does something in a fresh browser. Whatever a page logs as an error, and nobody expected, fails the scenario. */
export async function withPage(options, act) {
  const browser = await chromium.launch({ executablePath: given.chromium, args: [...quiet, ...(options.arguments ?? [])] });
  try {
    const context = await browser.newContext({ viewport: options.viewport ?? { width: 1280, height: 800 }, locale: "zh-CN", permissions: options.permissions ?? [] });
    const page = await context.newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => message.type() === "error" && !message.text().startsWith("Failed to load resource") && errors.push(message.text()));
    await act(page, context);
    assert.deepEqual(errors, [], "errors of the page");
  } finally {
    await browser.close();
  }
}

export async function signIn(page, scenario = "counter-check") {
  await page.goto(`${given.web}/counter`);
  await page.fill("[name=org]", given.organisation);
  await page.click("button[type=submit]");
  await page.selectOption("[name=scenario]", scenario);
}

/** Types as a scanner does: key after key without waiting for what becomes of them, then Enter. */
export async function scan(page, text, { enter = true } = {}) {
  const keyboard = await page.context().newCDPSession(page);
  const keys = [...text].map((character) => ({ key: character, text: character, code: /[0-9]/.test(character) ? `Digit${character}` : `Key${character}` }));
  if (enter) {
    keys.push({ key: "Enter", text: "\r", code: "Enter", windowsVirtualKeyCode: 13 });
  }
  await Promise.all(keys.flatMap((key) => [keyboard.send("Input.dispatchKeyEvent", { type: "keyDown", ...key }), keyboard.send("Input.dispatchKeyEvent", { type: "keyUp", ...key })]));
  await keyboard.detach();
}

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
  await page.evaluate(await import("node:fs").then((fs) => fs.readFileSync(axe, "utf8")));
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }));
  const serious = violations.filter((violation) => ["serious", "critical"].includes(violation.impact));
  assert.deepEqual(serious.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(" ")}`), [], `accessibility of ${where}`);
}
