// The operator's view: what is wrong, what was verified, the report of a month.
import { readFileSync } from "node:fs";
import { ask, assert, checkAccessible, checkEveryWidth, given, signIn, withPage } from "./browser.js";

async function signInToOps(page, view = "now") {
  await page.goto(`${given.web}/ops#${view}`);
  await page.fill("[name=org]", given.organisation);
  await page.click("button[type=submit]");
  await page.locator("main.ops .view").waitFor();
}

/** Lets the page look again, sooner than its clock would, until something stands there. */
async function look(page, locator, gone = false) {
  for (let tries = 0; ((await locator.count()) === 0) !== gone; tries++) {
    assert.ok(tries < 400, `the page shows ${await page.locator(".trouble").innerText()}`);
    await page.clock.fastForward(5_000);
    await page.waitForTimeout(250);
  }
}

const numberOf = (text) => Number(text.replaceAll(",", ""));

export const opsOnlyWithTheRole = () =>
  withPage({}, async (page) => {
    await signIn(page);
    await page.goto(`${given.web}/ops`);
    await page.getByRole("alert").filter({ hasText: "没有运维角色" }).waitFor();
    await checkAccessible(page, "ops without the role");
    await page.click("button:text('退出登录')");
    await page.locator("[name=org]").waitFor();
  });

export const opsSaysWhatIsWrongFirst = () =>
  withPage({}, async (page) => {
    await page.clock.install();
    await ask("verify-some");
    await signInToOps(page);
    const trouble = page.locator(".trouble");
    await trouble.locator("li", { hasText: "130000" }).waitFor();
    assert.equal(await page.locator("main .view > *").first().getAttribute("class"), "trouble no", "what is wrong comes first");
    assert.match(await trouble.locator("li").first().innerText(), /^严重 还没有河北省（130000）的证照索引/);
    const feeds = page.getByRole("region", { name: "各地区的证照索引" });
    assert.match(await feeds.locator("tr", { hasText: "120000" }).innerText(), /正常/);
    assert.match(await feeds.locator("tr", { hasText: "130000" }).innerText(), /没有/);
    assert.match(await page.getByRole("region", { name: "正在使用的" }).innerText(), /节点证书（本节点在用）/);

    const rates = page.locator(".chart").first();
    await rates.locator("summary").click();
    await look(page, rates.locator("tbody td").filter({ hasText: /^0\.[1-9]|^[1-9]/ }).first());
    assert.match(await page.locator(".figure", { hasText: "p99" }).innerText(), /\d ms/);
    await rates.locator("summary").click();
    await checkEveryWidth(page, "ops-now");

    await ask("stop-tianjin");
    await look(page, trouble.locator("li.wait", { hasText: "跟随天津市（120000）失败" }));
    await ask("start-tianjin");
    await look(page, trouble.locator("li", { hasText: "120000" }), true);
  });

/** What at three in the morning has gone wrong at once. */
export const opsAtThree = () =>
  withPage({}, async (page) => {
    await page.route("**/v1/operations/state", async (route) => {
      const state = await (await route.fetch()).json();
      const problem = (subject, zh) => ({ severity: "SEVERITY_CRITICAL", subject, text: { zh, en: zh } });
      state.problems = [problem("120000", "天津市（120000）对第 17 项变更签署了两份不同的历史"), problem("database", "数据库不能使用"), ...state.problems];
      Object.assign(state.feeds.find((feed) => feed.region === "120000"), { forkedSeq: "17", lastError: "<b>x</b>".repeat(30), failingSince: state.now });
      Object.assign(state.components[0], { state: "COMPONENT_STATE_DOWN", text: { zh: "不能使用", en: "away" } });
      Object.assign(state.components[2], { state: "COMPONENT_STATE_DEGRADED", text: { zh: "不能使用", en: "away" } });
      Object.assign(state.expiries[0], { kind: "EXPIRY_KIND_CERTIFICATE", inUseHere: true, daysLeft: -1 });
      await route.fulfill({ json: state });
    });
    await signInToOps(page);
    await page.locator(".trouble h2", { hasText: "3 个严重问题" }).waitFor();
    const row = (name, part) => page.getByRole("region", { name }).first().locator("tr", { hasText: part }).first().innerText();
    assert.match(await row("各地区的证照索引", "120000"), /已冻结/);
    assert.match(await row("所依赖的部件", "数据库"), /不能用/);
    assert.match(await row("所依赖的部件", "Redis"), /受影响/);
    assert.match(await row("正在使用的", "节点证书"), /已到期/);
    for (const [width, height] of [[390, 844], [1280, 800]]) {
      await page.setViewportSize({ width, height });
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${width} px: nothing beside the screen`);
    }
    await checkAccessible(page, "everything wrong at once");
  });

export const opsFigures = () =>
  withPage({ acceptDownloads: true }, async (page) => {
    await signInToOps(page, "figures");
    await page.locator(".sum", { hasText: "共" }).waitFor();
    await page.click("button:text('30 天')");
    await page.waitForFunction(() => document.querySelectorAll(".chart tbody")[0]?.rows.length > 29);
    const all = await page.locator(".sum").innerText();
    const least = await ask("recount", 24 * 30);
    const total = numberOf(all.match(/共 ([\d,]+) 次/)[1]);
    assert.ok(total >= least, `${total} verifications are shown, of ${least}`);
    for (const name of ["核验结果", "应用场景", "证照类型"]) {
      const cells = await page.getByRole("region", { name }).locator("tbody td:nth-child(2)").allInnerTexts();
      assert.ok(cells.map(numberOf).reduce((a, b) => a + b, 0) <= total && cells.length > 1, name);
    }
    const verdicts = await page.getByRole("region", { name: "核验结果" }).locator("tbody td:nth-child(2)").allInnerTexts();
    assert.equal(verdicts.map(numberOf).reduce((a, b) => a + b, 0), total, "the verdicts are all of them");
    const matrix = await page.getByRole("region", { name: "地区 × 地区" }).innerText();
    for (const region of ["北京市", "天津市", "河北省"]) {
      assert.ok(matrix.includes(region), region);
    }

    const [file] = await Promise.all([page.waitForEvent("download"), page.click("[name=csv]")]);
    const lines = readFileSync(await file.path(), "utf8").split("\r\n");
    assert.equal(lines[0], "\uFEFFpart,key,key2,reason,count,valid");
    const sum = lines.filter((line) => line.startsWith("time,")).reduce((whole, line) => whole + Number(line.split(",")[4]), 0);
    assert.equal(sum, total, "the file says the same");

    await page.click("button:text('24 小时')");
    await page.locator(".chart", { hasText: "未通过和无法判断" }).locator("summary").click();
    await page.getByRole("columnheader", { name: "暂无法判断（索引过旧）" }).first().waitFor();
    await page.locator(".chart", { hasText: "未通过和无法判断" }).locator("summary").click();
    await checkEveryWidth(page, "ops-figures");

    await page.fill("[name=from]", "2019-12-31T00:00");
    await page.fill("[name=until]", "2020-01-01T00:00");
    await page.keyboard.press("Enter");
    await page.locator(".sum", { hasText: "没有核验" }).waitFor();
    assert.ok((await page.locator(".charts").isHidden()) && (await page.locator("[name=csv]").isDisabled()), "nothing is shown of nothing");
    await page.fill("[name=from]", "2020-02-01T00:00");
    await page.fill("[name=until]", "2020-01-01T00:00");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "须在 from 之后" }).waitFor();
  });

export const opsReport = () =>
  withPage({ acceptDownloads: true }, async (page) => {
    await signInToOps(page, "report");
    const paper = page.locator(".paper");
    await paper.getByText("监测评估月报").waitFor();
    const month = await ask("month");
    assert.match(await paper.innerText(), new RegExp(`北京市 110000 · ${month}`));
    assert.match(await paper.innerText(), /本月尚未结束/);
    const total = numberOf((await paper.locator(".sum").innerText()).match(/共核验 ([\d,]+) 次/)[1]);
    const counts = await page.getByRole("region", { name: "明细" }).locator("tbody td:last-child").allInnerTexts();
    assert.equal(counts.map(numberOf).reduce((a, b) => a + b, 0), total);

    const [file] = await Promise.all([page.waitForEvent("download"), page.click("[name=csv]")]);
    assert.equal(file.suggestedFilename(), `crossprovince-report-110000-${month}.csv`);
    const lines = readFileSync(await file.path(), "utf8").trim().split("\r\n").slice(1);
    assert.equal(lines.length, counts.length);
    assert.equal(lines.reduce((whole, line) => whole + Number(line.split(",").at(-1)), 0), total);
    await checkEveryWidth(page, "ops-report");

    // On paper there is the report alone, as wide as the sheet.
    await page.emulateMedia({ media: "print" });
    await page.setViewportSize({ width: 680, height: 1000 });
    assert.deepEqual(await page.locator("header, .filter").evaluateAll((parts) => parts.filter((part) => part.offsetHeight > 0).length), 0);
    assert.ok(await page.getByRole("region", { name: "明细" }).isVisible());
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the report is wider than the sheet");
    const pdf = await page.pdf({ format: "A4", preferCSSPageSize: true });
    assert.ok(pdf.subarray(0, 5).toString() === "%PDF-" && pdf.length > 10_000, `${pdf.subarray(0, 5)} ${pdf.length}`);
  });

export const opsWithoutTheNode = () =>
  withPage({}, async (page, context) => {
    await page.clock.install();
    await signInToOps(page);
    await page.locator(".trouble li").first().waitFor();
    await context.setOffline(true);
    await look(page, page.locator(".trouble", { hasText: "看不到节点的状态" }));
    assert.match(await page.locator(".trouble").innerText(), /自 \d\d:\d\d:\d\d 起/);
    assert.ok(await page.getByRole("region", { name: "各地区的证照索引" }).isVisible(), "what was before stays");
    await checkAccessible(page, "ops without the node");
    await context.setOffline(false);
    await look(page, page.locator(".trouble", { hasText: "严重问题" }));
  });

export const opsKeyboard = () =>
  withPage({}, async (page) => {
    await signInToOps(page);
    await page.locator(".trouble li").first().waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator(".sum", { hasText: "共" }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("href")), "#figures", "the focus stays where it was");
    await page.click("button:text('English')");
    await page.locator(".sum", { hasText: "verifications" }).waitFor();
    const chinese = (await page.locator("body").innerText()).match(/[一-鿿]+/g)?.filter((word) => word !== "中文");
    assert.deepEqual(chinese ?? [], [], "all of it is in English");
    await page.goto(`${given.web}/ops#now`);
    await page.locator(".trouble li", { hasText: "There is no licence index of Hebei" }).waitFor();
    const stillChinese = (await page.locator("body").innerText()).match(/[一-鿿]+/g)?.filter((word) => word !== "中文");
    assert.deepEqual(stillChinese ?? [], [], "all of it is in English");
  });

export const opsSessionEnds = () =>
  withPage({}, async (page) => {
    await signInToOps(page, "report");
    await page.locator(".paper h2").waitFor();
    await ask("let-idle");
    await page.click("button:text('生成')");
    await page.locator("[name=org]").waitFor();
  });
