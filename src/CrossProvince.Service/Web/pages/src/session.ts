// Who is signed in, for the whole browser: what one tab does, the others learn at once, so that nobody works in one under the name of another.
import { api, silentMs, type Session, type SignedOut } from "./api";
import { element } from "./elements";
import { say, t, type Text } from "./language";

/** Where a browser lacks it, a tab learns it from its next call. */
const tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel("session") : undefined;

let known = "";

const checkedEveryMs = 10_000;

export const notSignedOut: Text = {
  zh: "还没有退出登录：节点没有应答。请再试一次；离开前请关闭浏览器。",
  en: "You are still signed in: the node does not answer. Try again, or close the browser before you leave.",
};

/** Asks who is signed in, and tells the other tabs. */
export async function readSession(): Promise<Session | SignedOut> {
  const session = await api.session();
  known = "role" in session ? [session.role, session.organisation, session.terminal, session.expiresAt].join() : "";
  tabs?.postMessage(known);
  return session;
}

/** Calls back when another tab has signed somebody else in or out. */
export function whenAnotherSignsIn(act: () => void): void {
  tabs?.addEventListener("message", (event) => {
    if (event.data !== known) {
      act();
    }
  });
}

/** Calls back when the session must have ended, for nothing has been asked of the node for so long. */
export function whenIdle(session: Session, until: AbortSignal, act: () => void): void {
  const timer = setInterval(() => silentMs() > session.idleSeconds * 1000 && act(), checkedEveryMs);
  until.addEventListener("abort", () => clearInterval(timer));
}

/** The organisation by name and code. */
export function organisationOf({ organisation, organisationNames }: Session): string {
  const name = say(organisationNames ?? undefined);
  return name ? `${name}（${organisation}）` : organisation;
}

/** Signs out here, and where the identity provider says how, there as well: the browser then leaves this page and comes back to it. "left" is called before that. Throws a CallError when the session has not ended. */
export async function signOut(page: string, left?: () => void): Promise<void> {
  const { elsewhere } = await api.signOut(page);
  left?.();
  tabs?.postMessage("");
  if (elsewhere) {
    // Nothing of whoever leaves is there for whoever goes back.
    document.getElementById("page")!.replaceChildren(element("p", { class: "opening" }, t("正在退出登录……", "Signing out …")));
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    location.replace(elsewhere);
    await new Promise(() => undefined);
  }
}
