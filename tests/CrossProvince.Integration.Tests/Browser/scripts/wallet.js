// The wallet around its codes: signing in, licences, regions, uses, and how it comes onto a phone.
import { ask, assert, checkAccessible, checkEveryWidth, given, signIn, withPage } from "./browser.js";
import { atCounter, card, open, phone, readScreen, show, stateIs, verdictOf } from "./phone.js";

export const usesAndWithdrawal = () =>
  withPage(phone, async (page) => {
    const { adult } = await ask("people");
    await open(page, adult);
    await show(page, "driving-licence");
    await atCounter(async (counter) => assert.equal((await verdictOf(counter, await readScreen(page))).verdict, "VERDICT_VALID"));
    await page.click("button:text('完成')");
    await page.click("button:text('返回')");
    await page.click("button:text('使用记录')");
    const use = page.locator(".use").first();
    await use.waitFor();
    const text = await use.innerText();
    for (const part of ["有效", "机动车驾驶证", "北京市样例政务服务大厅", given.organisation, "window-", "北京市", "窗口核验", "持证人本人", "脱敏"]) {
      assert.ok(text.includes(part), `${part} is missing in: ${text}`);
    }
    await checkAccessible(page, "the uses");
    await page.click("button:text('返回')");

    // Off the screen, and still good.
    await show(page, "driving-licence");
    const offTheScreen = await readScreen(page);
    await page.click("button:text('完成')");
    await page.click("button:text('返回')");
    const live = page.locator(".live li:last-child");
    await live.locator("button").click();
    await page.locator(".live [role=status]:text('已撤回')").waitFor();

    // On the screen.
    await show(page, "driving-licence");
    const onTheScreen = await readScreen(page);
    await page.click("button:text('撤回此码')");
    await page.locator(".closing:has-text('已撤回')").waitFor();
    assert.equal(await readScreen(page), "");
    await atCounter(async (counter) => {
      for (const withdrawn of [offTheScreen, onTheScreen]) {
        assert.equal((await verdictOf(counter, withdrawn)).verdict, "VERDICT_CODE_WITHDRAWN");
      }
    });
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
    assert.deepEqual(await page.locator("a.button").evaluateAll((links) => links.map((link) => [link.textContent, link.getAttribute("href")])), [["用政务服务网登录", "/session/start?page=wallet&provider=2"]]);
    await page.goto(`${given.web}/wallet?sign-in=cancelled`);
    await page.locator("[role=alert]:text('登录已取消')").waitFor();
    assert.equal(page.url(), `${given.web}/wallet`);
    await page.unroute("**/session");
    await page.reload();

    // Signed in, but not surely enough for anything here.
    const low = { code: 16, details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "TOKEN_LEVEL_TOO_LOW" }, { "@type": "type.googleapis.com/google.rpc.LocalizedMessage", locale: "zh-CN", message: "请以更高等级的方式重新登录。" }] };
    await page.route("**/v1/licences", (route) => route.fulfill({ status: 401, json: low }), { times: 1 });
    await page.fill("[name=who]", (await ask("people")).adult);
    await page.click("button[type=submit]");
    await page.locator("[role=alert]:text('更高等级')").waitFor();
    await page.click("button:text('重新登录')");
    await page.locator("[name=who]").waitFor();

    // A clerk's browser.
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
