// Nobody is signed in, or somebody who is no holder.
import type { Session, SignedOut } from "../api";
import { element } from "../elements";
import { say, t } from "../language";
import { otherRole, outcomeOf, providerLinks, signOutButton } from "../sign-in";
import { calls, trouble, type SampleHolder } from "./calls";

export function showSignIn(page: HTMLElement, state: Session | SignedOut, events: { signedIn(): void; signedOut(): void; languageChanged(): void }): void {
  document.title = t("我的证照 · CrossProvince", "My licences · CrossProvince");
  page.replaceChildren(
    element(
      "main",
      { class: "sign-in" },
      element("button", { class: "quiet corner", click: events.languageChanged }, t("English", "中文")),
      element("h1", {}, t("我的证照", "My licences")),
      ...("role" in state ? [otherRole(state, "wallet", events.signedOut)] : ways(state, events.signedIn)),
      element("p", {}, element("a", { href: "/help" }, t("核验结果说明", "What the results mean"))),
    ),
  );
}

/** For whom the sign-in has ended, or is not sure enough. */
export function signInAgain(signedOut: () => void): HTMLElement {
  return signOutButton(t("重新登录", "Sign in again"), "wallet", signedOut, "big");
}

function ways(state: SignedOut, signedIn: () => void): HTMLElement[] {
  const links = providerLinks(state, "wallet", (provider) => provider.holders);
  const found: HTMLElement[] = [...links.map((link) => element("p", {}, link)), element("p", { role: "alert" }, outcomeOf(state))];
  if (state.sample) {
    found.push(sampleForm(signedIn));
  } else if (links.length === 0) {
    found.push(element("p", { role: "alert" }, t("本节点没有为网页配置身份提供方：请联系运维人员。", "This node has no identity provider for its pages: tell whoever runs it.")));
  }
  return found;
}

function sampleForm(signedIn: () => void): HTMLElement {
  const who = element("input", { name: "who", required: true, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: "128" });
  const role = element(
    "select",
    { name: "as" },
    element("option", { value: "holder" }, t("持证人本人", "The holder")),
    element("option", { value: "guardian" }, t("监护人", "A guardian")),
    element("option", { value: "agent" }, t("经办人", "An agent")),
  );
  const refusal = element("p", { role: "alert" });
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    refusal.textContent = "";
    const text = who.value.trim().toUpperCase();
    try {
      await calls.signInAsSample(text.includes(".") ? { licence_id: text, as: role.value as SampleHolder["as"] } : { code: text, as: "holder" });
      signedIn();
    } catch (error) {
      refusal.textContent = say(trouble(error));
    }
  };
  return element(
    "form",
    { submit },
    element("p", { class: "note" }, t("开发环境：任何人都可以用样例身份登录。", "Development: anybody may sign in as a sample holder.")),
    element("label", {}, t("身份证号码，或一份证照的标识", "Citizen number, or the identifier of a licence"), who),
    element("label", {}, t("是该证照的（仅对证照标识）", "For an identifier: who of that licence"), role),
    refusal,
    element("button", { type: "submit" }, t("登录", "Sign in")),
  );
}
