// The help page and what every page owes its reader.
import { assert, checkEveryWidth, given, withPage } from "./browser.js";

export const helpPage = () =>
  withPage({}, async (page) => {
    await page.goto(`${given.web}/help`);
    for (const verdict of given.verdicts) {
      assert.equal(await page.locator(`article#${verdict} p`).count(), 2, `${verdict} for clerk and citizen`);
    }
    await checkEveryWidth(page, "help");
    await page.click("button:text('English')");
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    assert.ok((await page.locator("#VERDICT_REVOKED").innerText()).includes("Do not accept"));
    const chinese = (await page.locator("main").innerText()).match(/[一-鿿]+/g)?.filter((word) => word !== "中文");
    assert.deepEqual(chinese ?? [], [], "all of it is in English");
  });
