// The counter console: one clerk, one queue. Whoever signs in chooses the scenario once, then only scans.
import "../styles.css";
import { api, CallError, type Scenario, type Session, type SignedOut } from "../api";
import { element } from "../elements";
import { language, say, t, useLanguage } from "../language";
import { showSignIn } from "./sign-in";
import { Console } from "./console";
import { Names } from "./names";

const page = document.getElementById("page")!;

let running: Console | undefined;

async function start(): Promise<void> {
  running?.close();
  running = undefined;
  try {
    const session = await api.session();
    if (isSignedIn(session)) {
      const [names, scenarios] = await Promise.all([Names.load(), api.scenarios()]);
      open(session, names, scenarios);
    } else {
      signIn(session);
    }
  } catch (error) {
    page.replaceChildren(
      element(
        "main",
        { class: "sign-in" },
        element("h1", {}, t("扫码核验", "Counter console")),
        element("p", { role: "alert" }, error instanceof CallError ? say(error.text) : t("页面出错，请刷新。", "The page failed; reload it.")),
        element("button", { click: () => void start() }, t("重试", "Try again")),
      ),
    );
  }
}

function open(session: Session, names: Names, scenarios: Scenario[]): void {
  running = new Console(page, session, names, scenarios, {
    signedOut: () => void start(),
    languageChanged: () => {
      switchLanguage();
      open(session, names, scenarios);
    },
  });
}

function signIn(state: SignedOut): void {
  showSignIn(page, state, {
    signedIn: () => void start(),
    languageChanged: () => {
      switchLanguage();
      signIn(state);
    },
  });
}

function switchLanguage(): void {
  running?.close();
  useLanguage(language() === "zh" ? "en" : "zh");
}

function isSignedIn(session: Session | SignedOut): session is Session {
  return "role" in session;
}

useLanguage(language());
void start();
