// The help page and what every page owes its reader.
import { assert, checkAccessible, given, withPage } from "./browser.js";

export const helpPage = () =>
  withPage({ viewport: { width: 390, height: 844 } }, async (page) => {
    await page.goto(`${given.web}/help`);
    for (const verdict of given.verdicts) {
      assert.equal(await page.locator(`article#${verdict} p`).count(), 2, `${verdict} for clerk and citizen`);
    }
    await checkAccessible(page, "the help page");
    await page.click("button:text('English')");
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    assert.ok((await page.locator("#VERDICT_REVOKED").innerText()).includes("Do not accept"));
    const chinese = (await page.locator("main").innerText()).match(/[一-鿿]+/g)?.filter((word) => word !== "中文");
    assert.deepEqual(chinese ?? [], [], "all of it is in English");
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "a phone needs no sideways scrolling");
  });
