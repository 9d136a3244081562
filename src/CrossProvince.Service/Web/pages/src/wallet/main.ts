// The wallet: one person and a phone. Nothing of a licence outlives the page.
import "../styles.css";
import "./wallet.css";
import { CallError, type Session, type SignedOut } from "../api";
import { element } from "../elements";
import { language, say, t, useLanguage } from "../language";
import { trouble } from "./calls";
import { isLarge, useLarge } from "./large";
import { licencesView } from "./licences";
import { renewShell } from "./shell";
import { showSignIn, signInAgain } from "./sign-in";
import { readSession, whenAnotherSignsIn } from "../session";
import { Since } from "../since";
import { Views, type View } from "./views";
import { Wallet } from "./wallet";

const views = new Views(document.getElementById("page")!);

/** Nobody's licences stay on a screen that nobody has touched for as long as a session lasts. */
let touched = new Since();
let idleMs = Infinity;
let wallet: Wallet | undefined;

async function start(): Promise<void> {
  touched = new Since();
  idleMs = Infinity;
  wallet = undefined;
  try {
    const session = await readSession();
    if (isHolder(session)) {
      wallet = await Wallet.open(session);
      views.start(licencesView(wallet, { views, signedOut: () => void start(), languageChanged }));
      idleMs = session.idleSeconds * 1000;
    } else {
      views.start(signInView(session));
    }
  } catch (error) {
    views.start(troubleView(error));
  }
}

const signInView =
  (state: Session | SignedOut): View =>
  (page) =>
    showSignIn(page, state, { signedIn: () => void start(), signedOut: () => void start(), languageChanged });

const troubleView =
  (error: unknown): View =>
  (page) => {
    const kind = error instanceof CallError ? error.kind : undefined;
    document.title = t("我的证照 · CrossProvince", "My licences · CrossProvince");
    page.replaceChildren(
      element(
        "main",
        { class: "sign-in" },
        element("h1", {}, t("我的证照", "My licences")),
        element("p", { role: "alert" }, say(trouble(error))),
        kind === "offline" && element("p", {}, t("没有网络时不能取得新的亮证码；此页不保存证照和码。", "Without a network there is no new code; this page keeps neither licences nor codes.")),
        kind === "signed-out" ? signInAgain(() => void start()) : element("button", { click: () => void start() }, t("重试", "Try again")),
      ),
    );
    const retry = () => void start();
    window.addEventListener("online", retry);
    return () => window.removeEventListener("online", retry);
  };

function languageChanged(): void {
  useLanguage(language() === "zh" ? "en" : "zh");
  views.again();
}

function isHolder(session: Session | SignedOut): session is Session {
  return "role" in session && session.role === "holder";
}

function checkIdle(): void {
  if (touched.ms > idleMs) {
    void start();
  }
}

for (const touch of ["pointerdown", "keydown"]) {
  window.addEventListener(touch, () => (touched = new Since()), { capture: true, passive: true });
}
setInterval(checkIdle, 10_000);
document.addEventListener("visibilitychange", checkIdle);
whenAnotherSignsIn(() => void start());
useLanguage(language());
useLarge(isLarge());
void start();
// A code on the screen, or one that is still good, is not lost to a new page.
renewShell(() => !views.isDeep && (wallet?.showings.length ?? 0) === 0);
