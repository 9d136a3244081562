// The help page and what every page owes its reader.
import { assert, checkEveryWidth, given, withPage } from "./browser.js";

export const helpPage = () =>
  withPage({}, async (page) => {
    await page.goto(`${given.web}/help`);
    await page.locator("article").first().waitFor();
    const sentences = await page.locator("article").evaluateAll((articles) => Object.fromEntries(articles.map((article) => [article.id, article.querySelectorAll("p").length])));
    assert.deepEqual(sentences, Object.fromEntries(Object.keys(sentences).map((verdict) => [verdict, 2])), "for clerk and citizen");
    assert.deepEqual(Object.keys(sentences).sort(), [...given.verdicts].sort(), "each verdict, and no other");
    await checkEveryWidth(page, "help");
    await page.click("button:text('English')");
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    assert.ok((await page.locator("#VERDICT_REVOKED").innerText()).includes("Do not accept"));
    const chinese = (await page.locator("main").innerText()).match(/[一-鿿]+/g)?.filter((word) => word !== "中文");
    assert.deepEqual(chinese ?? [], [], "all of it is in English");
  });
