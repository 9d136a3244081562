// The counter console: one clerk, one queue. Whoever signs in chooses the scenario once, then only scans.
import "../styles.css";
import { api, CallError, type Scenario, type Session, type SignedOut } from "../api";
import { element } from "../elements";
import { language, say, t, useLanguage } from "../language";
import { readSession, whenAnotherSignsIn } from "../session";
import { showSignIn } from "./sign-in";
import { Console, type Draft } from "./console";
import { Names } from "../names";

const page = document.getElementById("page")!;

let running: Console | undefined;

/** What an operator had typed when the sign-in ended by itself. */
let left: { draft: Draft; session: Session } | undefined;

async function start(): Promise<void> {
  running?.close();
  running = undefined;
  try {
    const session = await readSession();
    if (isOperator(session)) {
      const [names, scenarios] = await Promise.all([Names.load(), api.scenarios()]);
      const isSame = left?.session.organisation === session.organisation && left.session.terminal === session.terminal;
      open(session, names, scenarios, isSame ? left?.draft : undefined);
      left = undefined;
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

function open(session: Session, names: Names, scenarios: Scenario[], draft?: Draft): void {
  const shown = new Console(
    page,
    session,
    names,
    scenarios,
    {
      signedOut: () => void start(),
      expired: () => {
        left = { draft: shown.draft, session };
        void start();
      },
      languageChanged: () => {
        const typed = shown.draft;
        switchLanguage();
        open(session, names, scenarios, typed);
      },
    },
    draft,
  );
  running = shown;
}

function signIn(state: Session | SignedOut): void {
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

function isOperator(session: Session | SignedOut): session is Session {
  return "role" in session && session.role === "operator";
}

whenAnotherSignsIn(() => void start());
useLanguage(language());
void start();
