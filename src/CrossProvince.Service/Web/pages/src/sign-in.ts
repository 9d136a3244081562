// Signing in with an identity provider, as every page offers it.
import type { Provider, SignedOut } from "./api";
import { element } from "./elements";
import { say, t, type Text } from "./language";

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
