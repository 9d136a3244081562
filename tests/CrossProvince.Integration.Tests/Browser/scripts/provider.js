// Signing in with an identity provider, in and out again, on every page.
import { ask, assert, checkAccessible, given, withPage } from "./browser.js";

export const signInWithProvider = () =>
  withPage({ ignoreHTTPSErrors: true }, async (page, context) => {
    const signIn = () => page.click("a:text('用The province登录')");
    const leave = async (button, state) => {
      await page.click(`button:text-is('${button}')`);
      await page.locator("a:text('用The province登录')").waitFor();
      assert.equal(page.url(), `${given.web}/${state}`, "back where it began");
      assert.deepEqual(await ask("left"), { tenant: "1", client_id: "crossprovince-pages", post_logout_redirect_uri: `${given.web}/session/ended`, state }, "and nothing that names a person");
    };
    await page.goto(`${given.web}/counter?sign-in=cancelled`);
    await page.locator("[role=alert]:has-text('登录已取消')").waitFor();
    assert.equal(new URL(page.url()).search, "");
    await checkAccessible(page, "signing in");
    await signIn();
    await page.locator(".idle").waitFor();
    assert.equal(page.url(), `${given.web}/counter`);
    assert.ok((await page.locator(".who").innerText()).includes("window-7"));
    assert.deepEqual((await context.cookies(given.web)).map((cookie) => [cookie.name, cookie.httpOnly, cookie.sameSite]), [["crossprovince", true, "Strict"]]);
    await leave("退出", "counter");

    await ask("sign-in-as", "operations");
    await page.goto(`${given.web}/ops`);
    await signIn();
    await page.locator("main.ops .trouble h2").waitFor();
    assert.equal(page.url(), `${given.web}/ops`);
    await leave("退出登录", "ops");

    await ask("sign-in-as", "clerk");
    await signIn();
    await page.getByRole("alert").filter({ hasText: "没有运维角色" }).waitFor();
    await leave("退出登录", "ops");

    await ask("sign-in-as", "holder");
    await page.goto(`${given.web}/wallet`);
    await signIn();
    await page.locator(".cards .empty").waitFor();
    await leave("退出", "wallet");
  });
