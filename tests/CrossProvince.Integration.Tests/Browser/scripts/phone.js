// A phone with the wallet on it, and what others make of its screen.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { answer, assert, given, paste, scan, signIn, withPage } from "./browser.js";

export const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/** What a reader finds on the screen; empty when there is no code. */
export async function readScreen(page) {
  const folder = await mkdtemp(join(tmpdir(), "wallet-"));
  try {
    const path = join(folder, "screen.png");
    await page.screenshot({ path });
    const { stdout } = await promisify(execFile)("zbarimg", ["--nodbus", "--raw", "-q", "-Sdisable", "-Sqrcode.enable", path]);
    return stdout.trim();
  } catch (error) {
    // "no barcodes were detected"
    assert.equal(error.code, 4, error.stderr);
    return "";
  } finally {
    await rm(folder, { recursive: true });
  }
}

export async function open(page, person, site = given.web) {
  await page.goto(`${site}/wallet`);
  await page.fill("[name=who]", person);
  await page.click("button[type=submit]");
  await page.locator(".cards .card").first().waitFor();
}

export const card = (page, type) => page.locator(`.card[data-type=${type}]`);

export async function show(page, type = "identity-card", scenario = undefined) {
  await card(page, type).click();
  if (scenario) {
    await page.check(`[name=scenario][value=${scenario}]`);
  }
  await page.click("button:text-is('亮证')");
  await stateIs(page, "live");
}

export const stateIs = (page, state) => page.locator(`.showing[data-state=${state}]`).waitFor();

/** A counter beside the phone. */
export const atCounter = (act) =>
  withPage({}, async (counter) => {
    await signIn(counter);
    await act(counter);
  });

/** What the counter says of a code that is pasted there. */
export async function verdictOf(counter, code) {
  await counter.locator(".answer").evaluateAll((answers) => answers.forEach((shown) => shown.remove()));
  await paste(counter, code);
  return answer(counter);
}

/** What the counter says of a code that its scanner types. Half a scan is scanned again, as clerks do; what becomes of halves is for the tests of the console. */
export async function scannedVerdictOf(counter, code) {
  let found;
  for (let tries = 0; tries < 3; tries++) {
    await scan(counter, code);
    found = await answer(counter);
    if (!["VERDICT_TRUNCATED", "VERDICT_MALFORMED"].includes(found.verdict)) {
      break;
    }
  }
  return found;
}

/** What a browser does when another app or tab comes to the front: nobody can do it to a page under test. */
export const turn = (page, state) =>
  page.evaluate((visibility) => {
    Object.defineProperty(document, "visibilityState", { value: visibility, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
