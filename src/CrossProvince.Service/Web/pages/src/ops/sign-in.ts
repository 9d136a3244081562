// Nobody is signed in who may see this page.
import { api, CallError, type SignedOut } from "../api";
import { element } from "../elements";
import { say, t } from "../language";
import { outcomeOf, providerLinks, signOutButton } from "../sign-in";

interface SignInEvents {
  signedIn(): void;
  languageChanged(): void;
}

/** Without a state somebody is signed in who does not run the nodes. */
export function showSignIn(page: HTMLElement, state: SignedOut | undefined, events: SignInEvents): void {
  page.replaceChildren(
    element(
      "main",
      { class: "sign-in" },
      element("button", { class: "quiet corner", click: events.languageChanged }, t("English", "中文")),
      element("h1", {}, t("运行监测", "Operations")),
      ...(state ? ways(state, events) : [noRole(), signOutButton(t("退出登录", "Sign out"), "ops", events.signedIn)]),
    ),
  );
  page.querySelector<HTMLElement>("[name=org], a.button")?.focus();
}

function noRole(): HTMLElement {
  return element("p", { role: "alert" }, t("此登录没有运维角色，不能查看本页。", "This sign-in has no operations role, and does not open this page."));
}

function ways(state: SignedOut, events: SignInEvents): HTMLElement[] {
  const links = providerLinks(state, "ops", (provider) => provider.operations);
  const refusal = element("p", { role: "alert" }, outcomeOf(state));
  return [
    refusal,
    ...links.map((link) => element("p", {}, link)),
    ...(state.sample ? [sampleForm(refusal, events)] : []),
    ...(!state.sample && links.length === 0
      ? [element("p", { role: "alert" }, t("本节点没有可以指定运维人员的身份提供方（Tokens:Issuers:N:Operations）。", "This node has no identity provider that may name who runs it (Tokens:Issuers:N:Operations)."))]
      : []),
  ];
}

function sampleForm(refusal: HTMLElement, events: SignInEvents): HTMLElement {
  const organisation = element("input", { name: "org", required: true, autocomplete: "off", maxlength: "64", placeholder: "11110000XXXXXX902M" });
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    refusal.textContent = "";
    try {
      await api.signInAsOperations(organisation.value.trim());
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
    element("button", { type: "submit" }, t("登录", "Sign in")),
  );
}
