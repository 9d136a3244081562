// The wallet, as people use it on a phone; what it shows is read off the screen by another reader of codes.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { answer, ask, assert, checkAccessible, checkEveryWidth, given, scan, signIn, withPage } from "./browser.js";

const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

/** What a reader finds on the screen; empty when there is no code. */
async function readScreen(page) {
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

async function open(page, person) {
  await page.goto(`${given.web}/wallet`);
  await page.fill("[name=who]", person);
  await page.click("button[type=submit]");
  await page.locator(".cards .card").first().waitFor();
}

const card = (page, type) => page.locator(`.card[data-type=${type}]`);

async function show(page, type = "identity-card", scenario = undefined) {
  await card(page, type).click();
  if (scenario) {
    await page.check(`[name=scenario][value=${scenario}]`);
  }
  await page.click("button:text-is('亮证')");
  await stateIs(page, "live");
}

const stateIs = (page, state) => page.locator(`.showing[data-state=${state}]`).waitFor({ timeout: 20_000 });

/** A counter beside the phone. */
const atCounter = (act) =>
  withPage({}, async (counter) => {
    await signIn(counter);
    await act(counter);
  });

/** Scans until an answer is there that a clerk would not answer by scanning again. What half a scan does is for the tests of the console. */
async function verdictOf(counter, code) {
  const settled = counter.locator(".answer:not([data-verdict=VERDICT_TRUNCATED]):not([data-verdict=VERDICT_MALFORMED])");
  for (let tries = 0; tries < 3; tries++) {
    await scan(counter, code);
    await counter.locator(".answer").waitFor({ timeout: 20_000 });
    if ((await settled.count()) === 1) {
      break;
    }
  }
  return answer(counter);
}

export const shownReadAndRevoked = () =>
  withPage(phone, async (page) => {
    const { toBeRevoked } = await ask("people");
    await page.clock.install();
    await open(page, toBeRevoked);
    await show(page);
    const first = await readScreen(page);
    assert.match(first, /^CP1[A-Z0-9]+$/);
    await atCounter(async (counter) => {
      const valid = await verdictOf(counter, first);
      assert.deepEqual([valid.verdict, valid.tone], ["VERDICT_VALID", "yes"]);
      assert.ok(valid.text.includes("持证人本人"), valid.text);

      await page.click("button:text('完成')");
      await page.click("button:text-is('亮证')");
      await stateIs(page, "live");
      const second = await readScreen(page);
      await ask("revoke-by-command");
      const revoked = await verdictOf(counter, second);
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
    await page.locator(".time:text-matches('^(29|30) 秒后')").waitFor();
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
    const last = await readScreen(page);
    await context.setOffline(true);
    await page.clock.fastForward(31_000);
    await stateIs(page, "last");
    assert.ok((await page.locator(".notice").innerText()).includes("没有网络"));
    assert.match(await page.locator(".time").innerText(), /^此码还有 5\d 秒有效$/);
    assert.equal(await readScreen(page), last);
    await checkAccessible(page, "the last code");

    await page.clock.fastForward(50_000);
    await stateIs(page, "last");
    assert.equal(await readScreen(page), last);
    await page.clock.fastForward(10_000);
    await stateIs(page, "away");
    assert.equal(await readScreen(page), "", "never after it has ended");
    assert.equal(await page.locator(".code").evaluate((canvas) => canvas.width), 0);

    await context.setOffline(false);
    await stateIs(page, "live");
    assert.notEqual(await readScreen(page), last);
  });

/** What a browser does when another app or tab comes to the front: nobody can do it to a page under test. */
const turn = (page, state) =>
  page.evaluate((visibility) => {
    Object.defineProperty(document, "visibilityState", { value: visibility, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);

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
    assert.match(await page.locator(".time").innerText(), /^(29|30) 秒后自动更新$/);

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
    for (const [type, presenter] of [["birth-certificate", "监护人"], ["business-licence", "经办人"]]) {
      await show(page, type);
      const code = await readScreen(page);
      await atCounter(async (counter) => {
        const valid = await verdictOf(counter, code);
        assert.equal(valid.verdict, "VERDICT_VALID");
        assert.ok(valid.text.includes(presenter), valid.text);
      });
      await page.goBack();
      await page.goBack();
      await card(page, type).waitFor();
    }
  });

export const usesAndWithdrawal = () =>
  withPage(phone, async (page) => {
    const { adult } = await ask("people");
    await open(page, adult);
    await show(page, "driving-licence");
    const code = await readScreen(page);
    await atCounter(async (counter) => {
      assert.equal((await verdictOf(counter, code)).verdict, "VERDICT_VALID");

      await page.click("button:text('完成')");
      await page.click("button:text('返回')");
      await page.locator(".live li").waitFor();
      await page.click("button:text('使用记录')");
      const use = page.locator(".use").first();
      await use.waitFor();
      const text = await use.innerText();
      for (const part of ["有效", "机动车驾驶证", "北京市样例政务服务大厅", given.organisation, "window-1", "北京市", "窗口核验", "持证人本人", "脱敏"]) {
        assert.ok(text.includes(part), `${part} is missing in: ${text}`);
      }
      await checkAccessible(page, "the uses");
      await page.click("button:text('返回')");

      const withdraw = page.locator(".live button");
      await withdraw.click();
      await page.locator(".live [role=status]:text('已撤回')").waitFor();
      assert.equal(await page.locator(".live li").count(), 0);
    });

    await show(page, "driving-licence");
    const other = await readScreen(page);
    await page.click("button:text('撤回此码')");
    await page.locator(".closing:has-text('已撤回')").waitFor();
    assert.equal(await readScreen(page), "");
    await atCounter(async (counter) => {
      for (const withdrawn of [code, other]) {
        assert.equal((await verdictOf(counter, withdrawn)).verdict, "VERDICT_CODE_WITHDRAWN");
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
  });

export const regions = () =>
  withPage({ ...phone, permissions: ["geolocation"] }, async (page, context) => {
    const { adult } = await ask("people");
    await open(page, adult);
    await card(page, "household-register").click();
    const region = page.locator("[name=region]");
    assert.equal(await region.inputValue(), "110000", "nobody is asked where they are");
    assert.deepEqual(await region.locator("option").evaluateAll((options) => options.map((option) => option.value)), ["110000", "120000", "130000"]);
    assert.ok((await page.locator(".option").count()) > 0);

    await region.selectOption("120000");
    assert.equal(await page.locator(".option").count(), 0, "household registers are not recognised there");
    assert.ok(await page.locator("button:text-is('亮证')").isDisabled());

    await region.selectOption("120000");
    await context.setGeolocation({ latitude: 39.909, longitude: 116.397 });
    await page.click("button:text('用手机定位')");
    await page.locator(".told:text('已按手机位置选择')").waitFor();
    assert.equal(await region.inputValue(), "110000", "Tiananmen");

    // A phone that travels.
    await page.evaluate(() => {
      navigator.geolocation.getCurrentPosition = (found, failed) => (globalThis.here ? found({ coords: globalThis.here }) : failed(new Error()));
    });
    const locate = async (latitude, longitude, told) => {
      await page.evaluate((here) => (globalThis.here = here), latitude === undefined ? undefined : { latitude, longitude });
      await page.click("button:text('用手机定位')");
      await page.locator(`.told:text('${told}')`).waitFor();
    };
    const positions = [
      [40.36, 116.02, "110000"], // Badaling
      [39.153, 117.188, "120000"], // Tianjin's Eye
      [38.99, 117.71, "120000"], // Tianjin's port
      [38.01, 114.48, "130000"], // Shijiazhuang's station
      [39.95, 116.81, "130000"], // Yanjiao, Hebei among Beijing and Tianjin
      [39.06, 115.98, "130000"], // Xiong'an
      [42.41, 117.24, "130000"], // Saihanba
    ];
    for (const [latitude, longitude, expected] of positions) {
      await region.selectOption(expected === "110000" ? "120000" : "110000");
      await locate(latitude, longitude, "已按手机位置选择");
      assert.equal(await region.inputValue(), expected, `${latitude}, ${longitude}`);
    }
    for (const [latitude, longitude] of [[31.23, 121.47], [37.45, 116.37], [0, 0]]) {
      await region.selectOption("130000");
      await locate(latitude, longitude, "不在互认地区内");
    }
    await locate(undefined, undefined, "无法定位");
    assert.equal(await region.inputValue(), "130000", "the choice by hand stays");
  });

export const opensWithoutNetwork = () =>
  withPage(phone, async (page, context) => {
    const { adult } = await ask("people");
    await open(page, adult);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await show(page);
    const shell = await page.evaluate(async () => Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname))));
    assert.equal(shell.length, 1);
    assert.ok(shell[0].includes("/wallet") && shell[0].length >= 4, String(shell));
    assert.deepEqual(shell[0].filter((path) => path !== "/wallet" && !path.startsWith("/assets/") && !path.startsWith("/wallet/")), [], "the shell only");
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href, history.state]));
    assert.doesNotMatch(kept, /CP1|eyJ|王|1101|identity|1\.2\.156/, "nothing of a person, a licence or a code is kept");

    await context.setOffline(true);
    await page.reload();
    await page.locator("[role=alert]:text('没有网络')").waitFor();
    assert.ok((await page.locator("main").innerText()).includes("不保存证照和码"));
    await context.setOffline(false);
    await page.locator(".cards .card").first().waitFor();
  });

export const signInElsewhere = () =>
  withPage(phone, async (page) => {
    const providers = [{ place: 0, title: "窗口账号", holders: false, operators: true }, { place: 2, title: "政务服务网", holders: true, operators: false }];
    await page.route("**/session", (route) => route.fulfill({ json: { sample: false, providers, refusal: { zh: "此账号没有证件号码。", en: "This account has no number." } } }));
    await page.goto(`${given.web}/wallet`);
    await page.locator("[role=alert]:text('此账号没有证件号码。')").waitFor();
    assert.deepEqual(await page.locator("a.button").evaluateAll((links) => links.map((link) => [link.textContent, link.getAttribute("href")])), [["政务服务网", "/session/start?page=wallet&provider=2"]]);
    await page.goto(`${given.web}/wallet?sign-in=cancelled`);
    await page.locator("[role=alert]:text('登录已取消')").waitFor();
    assert.equal(page.url(), `${given.web}/wallet`);

    // A clerk's browser.
    await page.unroute("**/session");
    await signIn(page);
    await page.goto(`${given.web}/wallet`);
    await page.locator("[role=alert]:text('以操作员身份登录')").waitFor();
    await page.click("button:text('退出，以持证人身份登录')");
    await page.locator("[name=who]").waitFor();
  });

export const installable = () =>
  withPage(phone, async (page, context) => {
    await page.goto(`${given.web}/wallet`);
    await page.evaluate(() => navigator.serviceWorker.ready);
    const cdp = await context.newCDPSession(page);
    const { installabilityErrors } = await cdp.send("Page.getInstallabilityErrors");
    // Profiles of tests are like private windows, where nothing can be installed.
    assert.deepEqual(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito"), []);
    const { errors, manifest } = await cdp.send("Page.getAppManifest");
    assert.deepEqual(errors, []);
    assert.ok(manifest === undefined || manifest.startUrl.endsWith("/wallet"));
  });

export const manyUses = () =>
  withPage(phone, async (page) => {
    const { adult } = await ask("people");
    await open(page, adult);
    const use = (n) => ({ verificationId: `${n}`.padStart(32, "0"), time: "2026-01-02T03:04:05Z", verifierRegion: "120000", verifier: n === 1 ? "holder:0123" : `urn:crossprovince:120000:verifier:ORG${n}`, scenario: "peer-check", verdict: "VERDICT_REVOKED", presenter: "PRESENTER_HOLDER", disclosedFields: ["holder.name"] });
    await page.route("**/v1/uses?*", (route) => {
      const token = new URL(route.request().url()).searchParams.get("pageToken");
      return route.fulfill({ json: token ? { uses: [use(21)] } : { uses: Array.from({ length: 20 }, (_, i) => use(i + 1)), nextPageToken: "next" } });
    });
    await page.click("button:text('使用记录')");
    await page.locator(".use:has-text('ORG20')").waitFor();
    const text = await page.locator(".use").first().innerText();
    for (const part of ["已吊销", "天津市", "2026-01-02 11:04:05", "个人互验", "另一位持证人", "持证主体"]) {
      assert.ok(text.includes(part), `${part} is missing in: ${text}`);
    }
    await page.click("button:text('更早的记录')");
    await page.locator(".use:has-text('ORG21')").waitFor();
    assert.equal(await page.locator(".use").count(), 21);
    assert.ok(await page.locator("button:text('更早的记录')").isHidden());
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
    const colours = await page.locator(".code").evaluate((canvas) => {
      const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      return [...new Set(Array.from({ length: data.length / 4 }, (_, i) => `${data[4 * i]},${data[4 * i + 1]},${data[4 * i + 2]}`))].sort();
    });
    assert.deepEqual(colours, ["0,0,0", "255,255,255"]);
  });

export const walletSessionEnds = () =>
  withPage(phone, async (page, context) => {
    const { adult } = await ask("people");
    await page.clock.install();
    await open(page, adult);
    await show(page);
    await context.clearCookies();
    await page.clock.fastForward(31_000);
    await page.locator(".closing:has-text('登录已过期')").waitFor();
    assert.equal(await readScreen(page), "");
    await page.click("button:text('重新登录')");
    await page.locator("[name=who]").waitFor();

    // Left alone with the licences on the screen.
    await open(page, adult);
    await context.clearCookies();
    await page.clock.fastForward(15 * 60_000 + 20_000);
    await page.locator("[name=who]").waitFor();
    assert.equal(await page.locator(".card").count(), 0);
  });

export const firstLoad = () =>
  withPage(phone, async (page, context) => {
    const { adult } = await ask("people");
    const cdp = await context.newCDPSession(page);
    await cdp.send("Network.enable");
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    let bytes = 0;
    cdp.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
    const from = performance.now();
    await page.goto(`${given.web}/wallet`);
    await page.locator("[name=who]").waitFor();
    const opened = performance.now() - from;
    const first = bytes;
    await page.fill("[name=who]", adult);
    await page.click("button[type=submit]");
    const clicked = performance.now();
    await card(page, "identity-card").waitFor();
    await show(page);
    await ask("measured", { firstBytes: first, bytes, openedMs: Math.round(opened), signInToCodeMs: Math.round(performance.now() - clicked) });
  });

export const walletEveryWidth = () =>
  withPage({ reducedMotion: "reduce" }, async (page) => {
    const { adult } = await ask("people");
    await open(page, adult);
    await checkEveryWidth(page, "wallet");
    await card(page, "driving-licence").click();
    await page.check("[name=scenario][value=traffic-stop]");
    await checkEveryWidth(page, "wallet-choice");
    await page.click("button:text-is('亮证')");
    await stateIs(page, "live");
    await checkEveryWidth(page, "wallet-code");
    await page.click("button:text('完成')");
    await page.click("button:text('返回')");
    await page.click("button:text('English')");
    const chinese = (await page.locator("body").innerText()).match(/[一-鿿]+/g)?.filter((word) => !/^(中文|王|明|宝|样本贸易有限公司)$/.test(word));
    assert.deepEqual(chinese ?? [], [], "all of it is in English");
  });
