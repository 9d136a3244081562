// Signing in with an identity provider, as every page offers it.
import { CallError, type Provider, type Session, type SignedOut } from "./api";
import { element } from "./elements";
import { say, t, type Text } from "./language";
import { notSignedOut, signOut } from "./session";

const outcomes: Record<string, Text> = {
  cancelled: { zh: "登录已取消。", en: "Signing in was cancelled." },
  failed: { zh: "登录没有成功，请再试一次；仍不成功请联系运维人员。", en: "Signing in did not work. Try again; if it still fails, tell whoever runs the node." },
  away: { zh: "现在无法连接身份认证服务，请稍后再试。", en: "The identity provider cannot be reached now. Try again later." },
};

/** Why the last attempt to sign in led nowhere: what the provider or this node said. Empty when there was none. */
export function outcomeOf(state: SignedOut): string {
  const address = new URL(location.href);
  const outcome = outcomes[address.searchParams.get("sign-in") ?? ""];
  address.searchParams.delete("sign-in");
  history.replaceState(null, "", address);
  return say(outcome ?? state.refusal ?? undefined);
}

/** A link for each provider that signs in whom the page is for. */
export function providerLinks(state: SignedOut, page: string, fits: (provider: Provider) => boolean): HTMLAnchorElement[] {
  return state.providers
    .filter(fits)
    .map((provider) => element("a", { class: "button", href: `/session/start?page=${page}&provider=${provider.place}` }, t(`用${provider.title}登录`, `Sign in with ${provider.title}`)));
}

/** Signs out, and says so beneath the button when that fails. */
export function signOutButton(label: string, page: string, signedOut: () => void, look?: string): HTMLElement {
  const trouble = element("p", { role: "alert" });
  const button = element(
    "button",
    {
      class: look,
      click: async () => {
        button.disabled = true;
        try {
          await signOut(page);
          signedOut();
        } catch (error) {
          trouble.textContent = error instanceof CallError ? say(notSignedOut) : String(error);
          button.disabled = false;
        }
      },
    },
    label,
  );
  return element("div", {}, button, trouble);
}

/** This browser is signed in as somebody whom the page is not for. */
export function otherRole(session: Session, page: string, signedOut: () => void): HTMLElement {
  const [who, instead] =
    session.role === "holder"
      ? [t("此浏览器以持证人身份登录。", "This browser is signed in as a holder of licences."), t("退出，以操作员身份登录", "Sign out, then in as an operator")]
      : [t(`此浏览器以操作员身份登录（${session.organisation}）。`, `This browser is signed in as an operator (${session.organisation}).`), t("退出，以持证人身份登录", "Sign out, then in as a holder")];
  return element("div", {}, element("p", { role: "alert" }, who), signOutButton(instead, page, signedOut));
}
