// How codes get into the counter console: by a scanner that types, and by the camera.
import { answer, ask, assert, codeOf, goOnScanning, scan, signIn, type, withPage } from "./browser.js";

export const focusInAField = () =>
  withPage({}, async (page) => {
    await signIn(page);
    await page.focus("[name=case]");
    await type(page, "A17");
    await scan(page, await ask("present"));
    assert.equal((await answer(page)).verdict, "VERDICT_VALID");
    assert.equal(await page.inputValue("[name=case]"), "A17", "the scanner's keys are not the clerk's");
    assert.equal((await ask("last-record")).caseNumber, "A17");
  });

export const inputMethodOn = () =>
  withPage({}, async (page) => {
    await signIn(page);
    await page.focus("[name=matter]");
    const code = await ask("present");
    // An input method takes the letters: the page hears that a key was pressed, and which one, but no character.
    await page.evaluate((keys) => {
      for (const code of keys) {
        document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "Process", code, bubbles: true, cancelable: true, composed: true }));
      }
      document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", code: "Enter", bubbles: true, cancelable: true, composed: true }));
    }, [...code].map(codeOf));
    assert.equal((await answer(page)).verdict, "VERDICT_VALID");
    assert.equal(await page.inputValue("[name=matter]"), "");
  });

export const typingIsNoScan = () =>
  withPage({}, async (page) => {
    await signIn(page);
    await page.focus("[name=matter]");
    await type(page, "HELLO2KCEWORLD");
    await page.waitForTimeout(300);
    assert.equal(await page.inputValue("[name=matter]"), "HELLO2KCEWORLD");
    assert.equal(await page.locator(".answer").count(), 0);
  });

/** Runs in the page: from hold on, its timers wait until time is told to pass. The keys' own times go on being theirs, which Playwright's clock would change. */
function holdTimers() {
  const [set, clear] = [globalThis.setTimeout, globalThis.clearTimeout];
  const waiting = new Map();
  let [holds, now, last] = [false, 0, 1_000_000];
  globalThis.hold = () => (holds = true);
  globalThis.setTimeout = (act, milliseconds = 0, ...given) => {
    if (!holds) {
      return set(act, milliseconds, ...given);
    }
    waiting.set(++last, { act, at: now + milliseconds });
    return last;
  };
  globalThis.clearTimeout = (timer) => waiting.delete(timer) || clear(timer);
  globalThis.pass = (milliseconds) => {
    const until = now + milliseconds;
    for (;;) {
      const [next] = [...waiting].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at);
      if (!next) {
        break;
      }
      waiting.delete(next[0]);
      now = next[1].at;
      next[1].act();
    }
    now = until;
  };
}

export const damagedScans = () =>
  withPage({}, async (page) => {
    await page.addInitScript(holdTimers);
    await signIn(page);
    const calls = [];
    page.on("request", (request) => request.url().endsWith("/v1/verifications") && calls.push(request.postDataJSON().code.length));
    await page.evaluate(() => globalThis.hold());
    const pass = (milliseconds) => page.evaluate((passed) => globalThis.pass(passed), milliseconds);
    const verdict = (name) => page.locator(`.answer[data-verdict=VERDICT_${name}]`).waitFor();

    const half = await ask("present");
    await scan(page, half.slice(0, 150), { enter: false });
    await pass(1_100);
    await verdict("TRUNCATED");
    assert.equal((await answer(page)).tone, "wait");

    const slow = await ask("present");
    await scan(page, slow.slice(0, 100), { enter: false });
    await pass(900);
    await goOnScanning(page, slow.slice(100));
    await pass(50);
    await verdict("VALID");
    assert.deepEqual(calls, [150, slow.length], "a scan that the machine holds up is one scan");

    const slower = await ask("present-other");
    await scan(page, slower.slice(0, 100), { enter: false });
    await pass(1_100);
    await verdict("TRUNCATED");
    await goOnScanning(page, slower.slice(100));
    await pass(50);
    await verdict("VALID");
    assert.deepEqual(calls.slice(2), [100, slower.length], "even after its half was asked about");

    const twice = await ask("present");
    await scan(page, twice);
    await pass(50);
    await verdict("VALID");
    await scan(page, twice);
    await pass(50);
    await verdict("VALID");
    assert.equal(calls.length, 5, "a second look at the code is not a second verification");

    // No closing key, or one that comes when the scan has been handed over already.
    await page.focus("button:text('退出')");
    const whole = await ask("present-other");
    await scan(page, whole, { enter: false });
    await pass(130);
    await verdict("VALID");
    await goOnScanning(page, "");
    await pass(50);
    assert.deepEqual([calls.length, await page.locator(".who").count()], [6, 1], "the scanner's Enter presses no button");

    const [one, other] = [await ask("present"), await ask("present-other")];
    await scan(page, one + other);
    await pass(50);
    await verdict("MALFORMED");
    assert.ok((await answer(page)).text.includes("两个码"));
    assert.equal(calls.length, 7);
  });

export const focusOnTheScenario = () =>
  withPage({}, async (page) => {
    await signIn(page, "traffic-stop");
    await page.click("button:text('English')");
    await page.focus("[name=scenario]");
    await scan(page, await ask("present"));
    await page.locator(".answer").waitFor();
    assert.equal(await page.inputValue("[name=scenario]"), "traffic-stop", "the first letters of a code choose nothing");
    await page.keyboard.press("Escape");
    await page.locator(".idle").waitFor();
  });

export const noCamera = () =>
  withPage({}, async (page) => {
    await signIn(page);
    const expect = async (words) => {
      await page.click("button:text('摄像头')");
      await page.locator(`.answer:has-text('${words}')`).waitFor();
      assert.equal(await page.locator("button:text('摄像头')").getAttribute("aria-pressed"), "false");
      assert.ok(await page.locator("video").isHidden());
    };
    await page.evaluate(() => {
      HTMLMediaElement.prototype.play = () => Promise.resolve();
      navigator.mediaDevices.getUserMedia = () => Promise.resolve(document.createElement("canvas").captureStream());
    });
    // As after an upgrade of the node.
    await page.route("**/assets/decoder-*", (route) => route.fulfill({ status: 404 }));
    await expect("读码程序没有取到");
    for (const [name, words] of [["NotAllowedError", "网站设置"], ["NotFoundError", "没有找到摄像头"], ["NotReadableError", "其他程序占用"]]) {
      await page.evaluate((why) => (navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", why))), name);
      await expect(words);
    }
    await page.evaluate(() => Object.defineProperty(navigator, "mediaDevices", { value: undefined }));
    await expect("https");
  });

export const camera = () =>
  withPage({ permissions: ["camera"] }, async (page) => {
    await signIn(page);
    await ask("film");
    await page.click("button:text('摄像头')");
    await page.locator(".answer[data-verdict=VERDICT_VALID]").waitFor();
    await page.waitForTimeout(600);
    assert.equal(await page.locator(".history li").count(), 1, "the camera sees one code many times");
  });
