// The counter console, as a clerk uses it.
import { readFileSync } from "node:fs";
import { answer, ask, assert, checkAccessible, checkEveryWidth, given, goOnScanning, paste, readQr, scan, signIn, type, withPage } from "./browser.js";

export const genuineThenRevoked = () =>
  withPage({}, async (page) => {
    await signIn(page);
    await scan(page, await ask("present"));
    const valid = await answer(page);
    assert.deepEqual([valid.verdict, valid.tone, valid.word.trim()], ["VERDICT_VALID", "yes", "有效"]);
    for (const part of ["王*明", "身份证", "北京市 110000", "持证人本人", "2040-01-01", "状态截至", "核对屏幕上的姓名"]) {
      assert.ok(valid.text.includes(part), `${part} is missing in: ${valid.text}`);
    }
    await checkAccessible(page, "VALID");

    await ask("revoke");
    await scan(page, await ask("present-revoked"));
    await page.locator(".answer[data-verdict=VERDICT_REVOKED]").waitFor();
    const revoked = await answer(page);
    assert.equal(revoked.tone, "no");
    assert.ok(revoked.text.includes("吊销") && revoked.text.includes("不要受理"), revoked.text);
    // A machine that stood still in the middle of a scan has asked about its half as well, and that is recorded, too.
    const lines = await page.locator(".history li").evaluateAll((all) => all.map((line) => line.className));
    assert.deepEqual(lines.filter((line) => line !== "wait"), ["no", "yes"]);
    await checkAccessible(page, "REVOKED");
  });

export const twoTabs = () =>
  withPage({}, async (page, context) => {
    await signIn(page, undefined, "tab-1");
    const other = await context.newPage();
    await other.goto(`${given.web}/counter`);
    await other.locator(".who:has-text('tab-1')").waitFor();
    await context.setOffline(true);
    await other.click("button:text('退出')");
    await other.locator(".answer:has-text('还没有退出登录')").waitFor();
    await context.setOffline(false);
    await other.click("button:text('退出')");
    await page.locator("[name=org]").waitFor();

    await signIn(other, undefined, "tab-2");
    await page.locator(".who:has-text('tab-2')").waitFor();
    await other.evaluate(() => fetch("/dev/session", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ as: "holder", code: "11010519491231002X" }) }));
    await other.reload();
    await other.locator("[role=alert]:has-text('以持证人身份登录')").waitFor();
    await page.locator("[role=alert]:has-text('以持证人身份登录')").waitFor();
    await page.click("button:text('以操作员身份登录')");
    await other.locator("[name=org]").waitFor();

    // Nobody has done anything for as long as a session lasts.
    await page.close();
    await other.clock.install();
    await signIn(other, undefined, "tab-3");
    await ask("let-idle");
    await other.clock.fastForward(16 * 60_000);
    await other.locator("[name=org]").waitFor();
  });

export const everyVerdict = () =>
  withPage({}, async (page) => {
    await signIn(page);
    await page.route("**/v1/verifications", (route) => {
      const verdict = route.request().postDataJSON().code.slice("CP1".length);
      return route.fulfill({ json: { verdict, verificationId: "0123456789abcdef0123456789abcdef", message: { zh: "测试", en: "test" } } });
    });
    const shown = await page.evaluate(async (verdicts) => {
      const found = [];
      for (const verdict of verdicts) {
        document.querySelector("[name=paste]").value = `CP1${verdict}`;
        document.querySelector("aside button").click();
        let answer;
        while (!(answer = document.querySelector(`.answer[data-verdict=${verdict}]`))) {
          await new Promise((done) => setTimeout(done, 5));
        }
        found.push({ verdict, tone: answer.dataset.tone, word: answer.querySelector(".word").innerText, next: answer.querySelector(".next").innerText, signs: answer.querySelectorAll(".sign").length });
      }
      return found;
    }, given.verdicts);
    await page.unroute("**/v1/verifications");
    const expected = { yes: [], no: [], wait: [] };
    for (const { verdict, tone, word, next, signs } of shown) {
      expected[tone].push(verdict);
      assert.ok(word.trim().length > 1 && next.length > 8, `words for ${verdict}`);
      assert.equal(signs, 1, "not by colour alone");
    }
    assert.deepEqual(expected.yes, ["VERDICT_VALID"]);
    for (const refused of ["VERDICT_REVOKED", "VERDICT_BAD_SIGNATURE", "VERDICT_REPLAYED", "VERDICT_SUSPENDED", "VERDICT_LICENCE_UNKNOWN", "VERDICT_CODE_WITHDRAWN"]) {
      assert.ok(expected.no.includes(refused), `${refused} is red`);
    }
    for (const open of ["VERDICT_UNDETERMINED", "VERDICT_TRUNCATED", "VERDICT_EXPIRED"]) {
      assert.ok(expected.wait.includes(open), `${open} is amber`);
    }
    await checkAccessible(page, "an amber answer");

    await page.route("**/v1/verifications", (route) => route.fulfill({ json: { verdict: "VERDICT_OF_A_NEWER_NODE" } }), { times: 1 });
    await paste(page, "CP1NEWER");
    await page.locator(".answer[data-verdict=VERDICT_OF_A_NEWER_NODE]").waitFor();
    assert.equal((await answer(page)).tone, "wait", "what the page does not know is no decision");

    await page.route("**/v1/verifications", (route) => route.fulfill({ json: { verdict: "VERDICT_VALID", stale: true, display: { name: "<img src=x onerror=alert(1)>" } } }), { times: 1 });
    await paste(page, "CP1STALE");
    await page.locator(".answer[data-verdict=VERDICT_VALID]").waitFor();
    assert.equal((await answer(page)).tone, "wait", "valid by old data is not green");
    assert.ok((await answer(page)).text.includes("<img src=x"), "text stays text");

    // The longest of everything, on the smallest screen, in the largest type.
    const long = "内蒙古自治区锡林郭勒盟".repeat(12);
    const disclosed = { "holder.name": "Wolfeschlegelsteinhausenbergerdorff".repeat(3), "fields.business_scope": long };
    await page.route("**/v1/verifications", (route) => route.fulfill({ json: { verdict: "VERDICT_VALID", repeated: true, verificationId: "f".repeat(32), display: { name: long, number: "9".repeat(60), extra: long }, disclosed, disclosureNote: { zh: long, en: long } } }), { times: 1 });
    await page.setViewportSize({ width: 320, height: 568 });
    await page.click("button:text('大字')");
    await paste(page, "CP1LONG");
    await page.locator(".answer .disclosed").waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "no sideways scrolling");
    await checkAccessible(page, "the longest answer");
  });

export const noNetwork = () =>
  withPage({}, async (page, context) => {
    await signIn(page);
    const code = await ask("present");
    await context.setOffline(true);
    await paste(page, code);
    const nothing = await answer(page);
    assert.deepEqual([nothing.verdict, nothing.tone], ["", "wait"]);
    assert.ok(nothing.text.includes("没有核验结果"), nothing.text);
    await context.setOffline(false);
    await paste(page, code);
    await page.locator(".answer[data-verdict=VERDICT_VALID]").waitFor();

    // A slow answer: the one before it has gone from the screen meanwhile.
    let release;
    const held = new Promise((done) => (release = done));
    await page.route("**/v1/verifications", async (route) => { await held; await route.continue(); }, { times: 1 });
    await paste(page, await ask("present"));
    await page.locator(".screen.waiting").waitFor();
    assert.equal(await page.locator(".answer").count(), 0);
    release();
    await page.locator(".answer[data-verdict=VERDICT_VALID]").waitFor();
  });

export const sessionEnds = () =>
  withPage({}, async (page, context) => {
    await signIn(page, undefined, "window-1");
    const cookies = await context.cookies();
    assert.deepEqual(cookies.map((cookie) => [cookie.httpOnly, cookie.sameSite]), [[true, "Strict"]]);
    await page.focus("[name=case]");
    await type(page, "A17");
    const code = await ask("present");
    await scan(page, code.slice(0, 100), { enter: false });
    await page.locator(".answer[data-verdict=VERDICT_TRUNCATED]").waitFor();
    await ask("let-idle");
    await goOnScanning(page, code.slice(100));
    await page.locator(".answer[data-verdict='']").waitFor();
    const ended = await answer(page);
    assert.deepEqual([ended.verdict, ended.tone], ["", "wait"]);
    assert.ok(ended.text.includes("登录已过期"), ended.text);
    await page.click("button:text('重新登录')");
    await page.fill("[name=org]", given.organisation);
    await page.click("button[type=submit]");
    await page.locator(".idle").waitFor();
    assert.equal(await page.inputValue("[name=case]"), "A17", "the case goes on where it was");
    await scan(page, await ask("present"));
    await page.locator(".answer[data-verdict=VERDICT_VALID]").waitFor();

    await page.click("button:text('退出')");
    await page.locator("[name=org]").waitFor();
    await page.fill("[name=org]", given.organisation);
    await page.click("button[type=submit]");
    await page.locator(".idle").waitFor();
    assert.equal(await page.inputValue("[name=case]"), "", "whoever signs out leaves nothing");
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href]));
    assert.doesNotMatch(kept, /CP1|eyJ|王|1101|A17/, "nothing of a person or code is kept");
  });

export const demandedFields = () =>
  withPage({}, async (page) => {
    await signIn(page, "enterprise-registration");
    await paste(page, "CP12KCEAAAAAAAAAAAAAAAAAAAA");
    assert.equal((await answer(page)).verdict, "");
    assert.ok(await page.locator("[name=matter]").evaluate((field) => field === document.activeElement), "the field to fill has the focus");
  });

export const printedRecord = () =>
  withPage({}, async (page) => {
    await page.addInitScript(() => (globalThis.print = () => (globalThis.printed = true)));
    await signIn(page, undefined, "window-1");
    await page.fill("[name=case]", "A17");
    await paste(page, await ask("present"));
    await page.click("button:text('打印核验单')");
    await page.waitForFunction(() => globalThis.printed);
    assert.ok(await page.locator(".record").isHidden(), "on paper only");
    await page.emulateMedia({ media: "print" });
    assert.ok(await page.locator("#page").isHidden(), "and nothing else on it");
    const text = await page.locator(".record").innerText();
    const receipt = await ask("open-receipt", await readQr(page.locator(".record svg")));
    for (const part of ["核验单", "有效", "王*明", "A17", given.organisation, "window-1", "窗口核验", receipt.verificationId]) {
      assert.ok(text.includes(part), `${part} is missing in: ${text}`);
    }
    assert.deepEqual([receipt.verdict, receipt.terminal], ["Valid", "window-1"]);
    await page.emulateMedia({ media: "screen" });
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    assert.equal(await page.locator(".record").count(), 0, "nothing stays");
  });

export const history = () =>
  withPage({}, async (page, context) => {
    await page.addInitScript(() => (globalThis.print = () => (globalThis.printed = (globalThis.printed ?? 0) + 1)));
    await signIn(page);
    await page.locator("[role=status]:has-text('没有记录')").waitFor();
    await page.fill("[name=case]", "B42");
    await paste(page, await ask("present"));
    await page.locator(".answer[data-verdict=VERDICT_VALID]").waitFor();
    await page.fill("[name=case]", "=1+1");
    await page.fill("[name=matter]", 'a"b');
    await paste(page, "=CP1");
    await page.locator(".answer[data-tone=wait]").waitFor();
    const shown = await page.locator(".history li").allInnerTexts();
    assert.deepEqual([shown.length, shown[1].includes("B42"), shown[1].includes("北京市")], [2, true, true]);

    await page.reload();
    await page.locator(".history li").nth(1).waitFor();
    assert.deepEqual(await page.locator(".history li").allInnerTexts(), shown, "the region's record says the same");
    const download = page.waitForEvent("download");
    await page.click("button:text('导出 CSV')");
    const csv = readFileSync(await (await download).path(), "utf8");
    assert.deepEqual(csv.trim().split("\r\n").map((line) => line.split(",").length), [11, 11, 11]);
    assert.ok(csv.startsWith("\uFEFF核验时间,") && csv.includes(",VALID,") && csv.includes(",B42,") && !csv.includes("王"), csv);
    assert.ok(csv.includes(`,"a""b",'=1+1,`), `what a spreadsheet would calculate stays a text: ${csv}`);

    await page.fill("[name=search]", "B42");
    await page.click("button:text('查找')");
    await page.waitForFunction(() => document.querySelectorAll(".history li").length === 1);

    // Seen again, and printed again: what was recorded, signed as it was.
    await page.click(".history .line");
    const past = await page.locator(".past").innerText();
    for (const part of ["以前的记录", "有效", "B42", "窗口核验", "姓名和证照号码不留存"]) {
      assert.ok(past.includes(part), `${part} is missing in: ${past}`);
    }
    assert.equal(await page.locator(".answer").count(), 0, "not to be taken for an answer");
    await checkAccessible(page, "the history");
    await page.click("button:text('补打核验单')");
    await page.waitForFunction(() => globalThis.printed === 1);
    await page.emulateMedia({ media: "print" });
    const record = await page.locator(".record").innerText();
    const receipt = await ask("open-receipt", await readQr(page.locator(".record svg")));
    assert.ok(record.includes("（补打）") && record.includes(receipt.verificationId) && !record.includes("王"), record);
    assert.equal(receipt.verdict, "Valid");
    await page.emulateMedia({ media: "screen" });
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));

    // The key that signed then is no more.
    await page.route("**/v1/operations/verifications/*", async (route) => {
      const answered = await route.fetch();
      await route.fulfill({ json: { ...(await answered.json()), receipt: "" } });
    });
    await page.click(".history .line");
    await page.locator(".past:has-text('密钥在这次核验之后更换过')").waitFor();
    await page.unroute("**/v1/operations/verifications/*");
    await context.setOffline(true);
    await page.click(".history .line");
    await page.locator(".verified [role=status]:has-text('现在看不到这条记录')").waitFor();
  });

export const terminalNotInTheToken = () =>
  withPage({}, async (page) => {
    await page.goto(`${given.web}/counter`);
    await page.locator("[name=org]").waitFor();
    await page.evaluate((org) => fetch("/dev/session", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ as: "operator", org }) }), given.organisation);
    await page.reload();
    const code = await ask("present");
    await paste(page, code);
    await page.locator(".answer:has-text('终端编号')").waitFor();
    assert.ok(await page.locator("[name=terminal]").evaluate((field) => field === document.activeElement));
    await page.fill("[name=terminal]", "window-99");
    await page.locator("[name=terminal]").blur();
    await page.selectOption("[name=scenario]", "counter-check");
    await paste(page, code);
    await page.locator(".answer[data-verdict=VERDICT_VALID]").waitFor();
    await page.reload();
    await page.locator(".history li").first().waitFor();
    assert.equal(await page.inputValue("[name=terminal]"), "window-99", "said once");
  });

export const settingsStay = () =>
  withPage({}, async (page) => {
    await page.addInitScript(() => {
      globalThis.sounds = 0;
      globalThis.OscillatorNode = class extends OscillatorNode {
        constructor(...given) {
          super(...given);
          globalThis.sounds++;
        }
      };
    });
    await signIn(page, "hotel-checkin");
    await paste(page, "CP1ANYTHING");
    await answer(page);
    assert.equal(await page.evaluate(() => globalThis.sounds), 1, "one short sound");
    await page.click("button:text('声音')");
    await page.click("button:text('大字')");
    await page.reload();
    await page.locator(".idle").waitFor();
    assert.deepEqual(
      await page.evaluate(() => [document.documentElement.className, document.querySelector("[name=scenario]").value, ...[...document.querySelectorAll("[aria-pressed]")].map((button) => button.ariaPressed)]),
      ["large", "hotel-checkin", "false", "true", "false"],
    );
    await paste(page, "CP1ANYTHING");
    await answer(page);
    assert.equal(await page.evaluate(() => globalThis.sounds), 0, "silence");
  });

export const kiosk = () =>
  withPage({}, async (page) => {
    await signIn(page);
    await page.fill("[name=case]", "A17");
    await page.click("button:text('自助')");
    await page.waitForFunction(() => document.fullscreenElement !== null);
    for (const hidden of [".tools", "aside", "[name=scenario]", "[name=case]"]) {
      assert.ok(await page.locator(hidden).isHidden(), `${hidden} is out of reach`);
    }
    await page.reload();
    await page.locator(".idle:has-text('窗口核验')").waitFor();
    assert.ok(await page.locator("aside").isHidden(), "and stays so");
    await scan(page, await ask("present"));
    await page.locator(".answer[data-verdict=VERDICT_VALID]").waitFor();
    assert.ok(await page.locator(".print").isHidden());
    await checkAccessible(page, "kiosk mode");
    await page.click("button:text('结束并退出登录')");
    await page.locator("[name=org]").waitFor();
    assert.equal(await page.locator("html").getAttribute("class"), "", "whoever leaves it is signed out");
  });

export const keyboardAlone = () =>
  withPage({}, async (page) => {
    await page.goto(`${given.web}/counter`);
    await page.locator("[name=org]:focus").waitFor();
    await type(page, `${given.organisation}\r`);
    await page.locator("[name=scenario]").waitFor();
    await checkAccessible(page, "the console at rest");
    const names = [];
    for (let i = 0; i < 16; i++) {
      await page.keyboard.press("Tab");
      names.push(await page.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.getAttribute("name")));
    }
    for (const name of ["声音", "大字", "摄像头", "全屏", "English", "退出", "paste", "核验"]) {
      assert.ok(names.includes(name), `${name} is reached by Tab: ${names}`);
    }
  });

export const fastEnough = () =>
  withPage({}, async (page) => {
    // Before the page's own scripts, which keep the scanner's keys to themselves.
    await page.addInitScript(() => addEventListener("keydown", (event) => event.code === "Enter" && (globalThis.ended = performance.now()), { capture: true }));
    await signIn(page);
    const [times, echoes] = [[], []];
    for (let i = 0; i < given.scans; i++) {
      const code = await ask("present");
      await page.evaluate(() => {
        globalThis.shown = new Promise((done) => {
          const watch = new MutationObserver(() => {
            if (document.querySelector(".answer")) {
              watch.disconnect();
              requestAnimationFrame(() => setTimeout(() => done(performance.now() - globalThis.ended)));
            }
          });
          document.querySelector(".answer")?.remove();
          watch.observe(document.body, { childList: true, subtree: true });
        });
      });
      await scan(page, code);
      times.push(await page.evaluate(() => globalThis.shown));

      // The same way without a verification: the pause after the scanner's last key, a call, a picture.
      echoes.push(
        await page.evaluate(async () => {
          const from = performance.now();
          await new Promise((done) => setTimeout(done, 40));
          await fetch("/healthz/live");
          await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
          return performance.now() - from;
        }),
      );
    }
    const at = (measured, part) => Math.round(measured.sort((a, b) => a - b)[Math.ceil(measured.length * part) - 1]);
    await ask("measured", { scans: times.length, p50: at(times, 0.5), p95: at(times, 0.95), max: at(times, 1), echoP50: at(echoes, 0.5), echoP95: at(echoes, 0.95) });
  });

export const everyWidth = () =>
  withPage({}, async (page) => {
    await signIn(page);
    await paste(page, await ask("present"));
    await page.locator(".answer[data-verdict=VERDICT_VALID]").waitFor();
    await checkEveryWidth(page, "counter");
  });
