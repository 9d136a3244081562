// Nobody is signed in, or somebody who is no operator.
import { api, CallError, type Session, type SignedOut } from "../api";
import { element } from "../elements";
import { say, t } from "../language";
import { otherRole, outcomeOf, providerLinks } from "../sign-in";

interface SignInEvents {
  signedIn(): void;
  languageChanged(): void;
}

export function showSignIn(page: HTMLElement, state: Session | SignedOut, events: SignInEvents): void {
  document.title = t("扫码核验 · CrossProvince", "Counter console · CrossProvince");
  page.replaceChildren(
    element(
      "main",
      { class: "sign-in" },
      element("button", { class: "quiet corner", click: events.languageChanged }, t("English", "中文")),
      element("h1", {}, t("扫码核验", "Counter console")),
      ...("role" in state ? [otherRole(state, "counter", events.signedIn)] : ways(state, events)),
      element("p", {}, element("a", { href: "/help" }, t("核验结果说明", "What the results mean"))),
    ),
  );
  page.querySelector<HTMLElement>("[name=org], a.button")?.focus();
}

function ways(state: SignedOut, events: SignInEvents): HTMLElement[] {
  const links = providerLinks(state, "counter", (provider) => provider.operators);
  const refusal = element("p", { role: "alert" }, outcomeOf(state));
  return [
    refusal,
    ...links.map((link) => element("p", {}, link)),
    ...(state.sample ? [sampleForm(refusal, events)] : []),
    ...(!state.sample && links.length === 0
      ? [element("p", { role: "alert" }, t("本节点没有为网页配置身份提供方：请联系运维人员。", "This node has no identity provider for its pages: tell whoever runs it."))]
      : []),
  ];
}

function sampleForm(refusal: HTMLElement, events: SignInEvents): HTMLElement {
  const organisation = element("input", { name: "org", required: true, autocomplete: "off", maxlength: "64", placeholder: "11110000XXXXXX902M" });
  const terminal = element("input", { name: "terminal", required: true, autocomplete: "off", maxlength: "64", value: "window-1" });
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
  return element(
    "form",
    { submit },
    element("p", { class: "note" }, t("开发环境：任何人都可以用样例身份登录。", "Development: anybody may sign in as a sample operator.")),
    element("label", {}, t("机构的统一社会信用代码", "Organisation (unified social credit code)"), organisation),
    element("label", {}, t("终端编号", "Terminal"), terminal),
    element("button", { type: "submit" }, t("登录", "Sign in")),
  );
}
