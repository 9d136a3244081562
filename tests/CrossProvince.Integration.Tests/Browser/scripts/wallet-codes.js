// Codes of the wallet: shown, refreshed, taken away; read off the screen by another reader of codes.
import { ask, assert, checkAccessible, given, withPage } from "./browser.js";
import { atCounter, card, open, phone, readScreen, scannedVerdictOf, show, stateIs, turn, verdictOf } from "./phone.js";

export const shownReadAndRevoked = () =>
  withPage({ ...phone, deviceScaleFactor: 3 }, async (page) => {
    const { toBeRevoked } = await ask("people");
    await page.clock.install();
    await open(page, toBeRevoked);
    await show(page);
    const first = await readScreen(page);
    assert.match(first, /^CP1[A-Z0-9]+$/);
    await atCounter(async (counter) => {
      const valid = await scannedVerdictOf(counter, first);
      assert.deepEqual([valid.verdict, valid.tone], ["VERDICT_VALID", "yes"]);
      assert.ok(valid.text.includes("持证人本人"), valid.text);

      await page.click("button:text('完成')");
      await page.click("button:text-is('亮证')");
      await stateIs(page, "live");
      const second = await readScreen(page);
      await ask("revoke-by-command");
      const revoked = await scannedVerdictOf(counter, second);
      assert.deepEqual([revoked.verdict, revoked.tone], ["VERDICT_REVOKED", "no"]);
      assert.ok(revoked.text.includes("吊销"), revoked.text);
    });

    // The phone learns of it when it asks for the next code.
    await page.clock.fastForward(31_000);
    await page.locator(".refused").waitFor();
    assert.ok((await page.locator(".refused").innerText()).includes("吊销"));
    assert.equal(await readScreen(page), "");
    await page.click("button:text('返回')");
    await page.locator(".refused").waitFor();
    assert.equal(await page.locator("button:text-is('亮证')").count(), 0);
    await checkAccessible(page, "a licence that is not in force");
  });

export const nextCodeInTime = () =>
  withPage(phone, async (page) => {
    const { adult } = await ask("people");
    await page.clock.install();
    await open(page, adult);
    await show(page);
    await page.evaluate(() => {
      globalThis.gaps = 0;
      const canvas = document.querySelector(".code");
      new MutationObserver(() => (canvas.hidden || canvas.width === 0) && globalThis.gaps++).observe(canvas, { attributes: true });
    });
    const first = await readScreen(page);
    let release;
    const held = new Promise((done) => (release = done));
    const asked = page.waitForRequest("**/v1/presentations");
    await page.route("**/v1/presentations", async (route) => { await held; await route.continue(); });
    await page.clock.fastForward(31_000);
    const request = (await asked).postDataJSON();
    assert.equal(request.showingId.length, 12, "the same showing goes on");
    assert.equal(await readScreen(page), first, "the old code stays until the next is there");

    const answered = page.waitForResponse("**/v1/presentations");
    release();
    const { showingId } = await (await answered).json();
    assert.equal(showingId, request.showingId);
    await page.locator(".time:text-matches('^[1-9]')").waitFor();
    const second = await readScreen(page);
    assert.match(second, /^CP1/);
    assert.notEqual(second, first);
    assert.equal(await page.evaluate(() => globalThis.gaps), 0, "no flicker");
    await checkAccessible(page, "the code");

    // A busy node, once.
    await page.unroute("**/v1/presentations");
    await page.route("**/v1/presentations", (route) => route.fulfill({ status: 503, json: { code: 14 } }), { times: 1 });
    await page.clock.fastForward(31_000);
    await stateIs(page, "last");
    assert.equal(await readScreen(page), second);
    await page.clock.fastForward(4_000);
    await stateIs(page, "live");
  });

export const lastCodeWithoutNetwork = () =>
  withPage(phone, async (page, context) => {
    const { adult } = await ask("people");
    await page.clock.install();
    await open(page, adult);
    await show(page);
    await context.setOffline(true);
    await stateIs(page, "last");
    const last = await readScreen(page);
    const secondsLeft = async () => Number((await page.locator(".time").innerText()).match(/^此码还有 (\d+) 秒有效$/)[1]);
    const left = await secondsLeft();
    await page.clock.fastForward(31_000);
    assert.ok((await page.locator(".notice").innerText()).includes("没有网络"));
    const rest = await secondsLeft();
    assert.ok(rest > 0 && rest <= left - 31, `${left}, then ${rest} seconds`);
    assert.equal(await readScreen(page), last);
    await checkAccessible(page, "the last code");

    await page.clock.fastForward(Math.max(0, (await secondsLeft()) - 15) * 1_000);
    await stateIs(page, "last");
    assert.equal(await readScreen(page), last);
    await page.clock.fastForward(16_000);
    await stateIs(page, "away");
    assert.equal(await readScreen(page), "", "never after it has ended");
    assert.equal(await page.locator(".code").evaluate((canvas) => canvas.width), 0);

    await context.setOffline(false);
    await stateIs(page, "live");
    assert.notEqual(await readScreen(page), last);
  });

export const hiddenPage = () =>
  withPage(phone, async (page, context) => {
    const { adult } = await ask("people");
    await page.clock.install();
    await open(page, adult);
    await show(page);
    const code = await readScreen(page);
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    await turn(page, "hidden");
    await page.clock.fastForward(1_000);
    assert.equal(await readScreen(page), "");
    assert.equal(await page.locator(".code").evaluate((canvas) => canvas.width), 0, "nothing of it is left");
    await page.clock.fastForward(31_000);
    assert.deepEqual(asked, [], "no codes are made for nobody");

    await context.setOffline(true);
    await turn(page, "visible");
    await stateIs(page, "last");
    assert.equal(await readScreen(page), code, "still good, and the last one there is");
    await turn(page, "hidden");
    await page.clock.fastForward(60_000);
    await turn(page, "visible");
    await stateIs(page, "away");
    assert.equal(await readScreen(page), "");
  });

export const wrongClock = () =>
  withPage(phone, async (page, context) => {
    const { adult } = await ask("people");
    await page.clock.install({ time: Date.now() + 86_400_000 });
    await open(page, adult);
    await show(page);
    assert.match(await page.locator(".time").innerText(), /^([12]?\d|30) 秒后自动更新$/);

    // Set back while the code is on the screen: it does not live longer for it.
    await context.setOffline(true);
    await page.clock.fastForward(60_000);
    await stateIs(page, "last");
    await page.evaluate(() => (Date.now = () => 0));
    await page.clock.fastForward(31_000);
    await stateIs(page, "away");
    assert.equal(await readScreen(page), "");
  });

export const shownForOthers = () =>
  withPage(phone, async (page) => {
    const { adult } = await ask("people");
    await open(page, adult);
    assert.ok((await card(page, "birth-certificate").innerText()).includes("以监护人身份"));
    assert.ok((await card(page, "business-licence").innerText()).includes("以经办人身份"));
    assert.equal(await card(page, "identity-card").locator(".standing").count(), 0);

    await card(page, "birth-certificate").click();
    await page.check("[name=scenario][value=newborn-service]");
    const seen = await page.locator(".seen").innerText();
    for (const part of ["出生医学证明", "性别", "出生日期", "母亲姓名"]) {
      assert.ok(seen.includes(part), `${part} is missing in: ${seen}`);
    }
    await page.check("[name=scenario][value=counter-check]");
    assert.ok((await page.locator(".seen").innerText()).includes("不会看到其他信息"));
    await page.goBack();
    await atCounter(async (counter) => {
      for (const [type, presenter] of [["birth-certificate", "监护人"], ["business-licence", "经办人"]]) {
        await show(page, type);
        const valid = await verdictOf(counter, await readScreen(page));
        assert.equal(valid.verdict, "VERDICT_VALID");
        assert.ok(valid.text.includes(presenter), valid.text);
        await page.goBack();
        await page.goBack();
        await card(page, type).waitFor();
      }
    });
  });

export const usedShowing = () =>
  withPage(phone, async (page) => {
    const { ofTheCounter } = await ask("people");
    await page.clock.install();
    await open(page, ofTheCounter);
    await show(page);
    const code = await readScreen(page);
    await atCounter(async (counter) => assert.equal((await verdictOf(counter, code)).verdict, "VERDICT_VALID"));
    await page.clock.fastForward(31_000);
    await page.locator(".closing:has-text('已经核验过')").waitFor();
    await page.locator(`.closing .use:has-text('${given.organisation}')`).waitFor();
    await page.click("button:text('再次亮证')");
    await stateIs(page, "live");
    assert.notEqual(await readScreen(page), code);

    // Ten minutes later the node goes on with it no more.
    const over = { code: 9, details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "SHOWING_OVER" }] };
    await page.route("**/v1/presentations", (route) => route.fulfill({ status: 400, json: over }), { times: 1 });
    await page.clock.fastForward(31_000);
    await page.locator(".closing:has-text('最长 10 分钟')").waitFor();
    assert.equal(await readScreen(page), "");
  });

export const smallPhone = () =>
  withPage({ viewport: { width: 320, height: 568 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }, async (page) => {
    const { adult } = await ask("people");
    await open(page, adult);
    await page.click("button:text('大字')");
    await show(page, "business-licence");
    const { css, pixels, modules } = await page.locator(".code").evaluate((canvas) => {
      // From the quiet zone, which has 4 modules: the first dark pixel of the first finder pattern.
      const row = (y) => canvas.getContext("2d").getImageData(0, y, canvas.width, 1).data;
      let dark = -1;
      for (let y = 0; dark < 0; y++) {
        const data = row(y);
        for (let x = 0; x < canvas.width && dark < 0; x++) {
          dark = data[4 * x] < 128 ? x : -1;
        }
      }
      return { css: canvas.getBoundingClientRect().width, pixels: canvas.width, modules: canvas.width / (dark / 4) };
    });
    assert.ok(modules <= 57 + 8 && Number.isInteger(modules), `${modules} modules, version 10 at most`);
    assert.equal(pixels, css * 2, "whole pixels");
    // 35 mm, where a phone has 160 pixels of CSS to the inch.
    assert.ok((css / 160) * 25.4 >= 35, `${css} px`);
    assert.match(await readScreen(page), /^CP1/);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    assert.equal(await page.locator("html").getAttribute("class"), "large");
    await page.setViewportSize({ width: 568, height: 320 });
    await page.locator(".code").evaluate((canvas) => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const { x, y, width, height } = await page.locator(".code").boundingBox();
    assert.ok(x >= 0 && y >= 0 && x + width <= 568 && y + height <= 320, `turned: ${[x, y, width, height]}`);
    assert.ok((width / 160) * 25.4 >= 35, `turned: ${width} px`);
    assert.ok(await page.locator(".showing").evaluate((main) => main.scrollWidth <= main.clientWidth), "turned: no sideways scrolling");
    assert.match(await readScreen(page), /^CP1/);
    const colours = await page.locator(".code").evaluate((canvas) => {
      const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      return [...new Set(Array.from({ length: data.length / 4 }, (_, i) => `${data[4 * i]},${data[4 * i + 1]},${data[4 * i + 2]}`))].sort();
    });
    assert.deepEqual(colours, ["0,0,0", "255,255,255"]);
  });
