// Nobody is signed in.
import { api, CallError, type SignedOut } from "../api";
import { element } from "../elements";
import { say, t } from "../language";

export function showSignIn(page: HTMLElement, state: SignedOut, events: { signedIn(): void; languageChanged(): void }): void {
  const organisation = element("input", { name: "org", required: true, autocomplete: "off", maxlength: "64", placeholder: "11110000XXXXXX902M" });
  const terminal = element("input", { name: "terminal", required: true, autocomplete: "off", maxlength: "64", value: "window-1" });
  const refusal = element("p", { role: "alert" });
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    refusal.textContent = "";
    try {
      await api.signInAsSample(organisation.value.trim(), terminal.value.trim());
      events.signedIn();
    } catch (error) {
      refusal.textContent = error instanceof CallError ? say(error.text) : String(error);
    }
  };
  page.replaceChildren(
    element(
      "main",
      { class: "sign-in" },
      element("button", { class: "quiet corner", click: events.languageChanged }, t("English", "中文")),
      element("h1", {}, t("扫码核验", "Counter console")),
      state.sample
        ? element(
            "form",
            { submit },
            element("p", { class: "note" }, t("开发环境：任何人都可以用样例身份登录。", "Development: anybody may sign in as a sample operator.")),
            element("label", {}, t("机构的统一社会信用代码", "Organisation (unified social credit code)"), organisation),
            element("label", {}, t("终端编号", "Terminal"), terminal),
            refusal,
            element("button", { type: "submit" }, t("登录", "Sign in")),
          )
        : element("p", { role: "alert" }, t("本节点没有为网页配置身份提供方。", "This node has no identity provider for its pages.")),
      element("p", {}, element("a", { href: "/help" }, t("核验结果说明", "What the results mean"))),
    ),
  );
  organisation.focus();
}
