// The operator's view of the region's nodes.
import "../styles.css";
import "./ops.css";
import { CallError, type Session, type SignedOut } from "../api";
import { element } from "../elements";
import { language, say, t, useLanguage } from "../language";
import { operations } from "../operations";
import { FiguresView } from "./figures";
import { NowView } from "./now";
import { notSignedOut, readSession, signOut, whenAnotherSignsIn, whenIdle } from "../session";
import { ReportView } from "./report";
import { showSignIn } from "./sign-in";
import { Directory } from "./words";

const page = document.getElementById("page")!;

interface View {
  root: HTMLElement;
  close(): void;
}

/** What stands behind # in the address: nothing but which view is shown. */
const views = ["now", "figures", "report"] as const;
type ViewName = (typeof views)[number];

const refusal = element("p", { role: "alert" });

let shown: View | undefined;
let directory: Directory | undefined;
let session: Session | undefined;
let signedIn = new AbortController();
const signInEvents = { signedIn: () => void start(), languageChanged: () => switchLanguage() };

async function start(): Promise<void> {
  shown?.close();
  shown = undefined;
  signedIn.abort();
  signedIn = new AbortController();
  document.title = t("运行监测 · CrossProvince", "Operations · CrossProvince");
  try {
    const found = await readSession();
    if (!isSignedIn(found)) {
      showSignIn(page, found, signInEvents);
      return;
    }
    if (!found.operations) {
      showSignIn(page, undefined, signInEvents);
      return;
    }
    session = found;
    whenIdle(found, signedIn.signal, () => void start());
    directory = await Directory.load();
    directory.learn(await operations.state());
    open();
  } catch (error) {
    page.replaceChildren(
      element(
        "main",
        { class: "sign-in" },
        element("h1", {}, t("运行监测", "Operations")),
        element(
          "p",
          { role: "alert" },
          error instanceof CallError && error.kind !== "offline" ? say(error.text) : t("节点没有应答：它可能已停止，或网络中断。", "The node does not answer: it may have stopped, or the network is down."),
        ),
        element("button", { click: () => void start() }, t("重试", "Try again")),
      ),
    );
  }
}

function open(): void {
  const name = viewName();
  refusal.textContent = "";
  const names: Record<ViewName, string> = { now: t("现在", "Now"), figures: t("统计", "Figures"), report: t("月报", "Monthly report") };
  shown?.close();
  shown = name === "now" ? new NowView(directory!, startAgain) : name === "figures" ? new FiguresView(directory!, startAgain) : new ReportView(directory!, startAgain);
  page.replaceChildren(
    element(
      "header",
      { class: "ops" },
      element("h1", {}, t("运行监测", "Operations")),
      element(
        "nav",
        { "aria-label": t("视图", "Views") },
        ...views.map((view) => element("a", { href: `#${view}`, "aria-current": view === name ? "page" : undefined }, names[view])),
      ),
      element("span", { class: "gap" }),
      element("p", { class: "who" }, say(session!.organisationNames ?? undefined) || session!.organisation),
      element("button", { class: "quiet", click: () => switchLanguage() }, t("English", "中文")),
      element("button", { class: "quiet", click: () => void leave() }, t("退出登录", "Sign out")),
    ),
    element("main", { class: "ops" }, refusal, shown.root),
  );
}

function startAgain(): void {
  void start();
}

function viewName(): ViewName {
  const name = location.hash.slice(1);
  return views.find((view) => view === name) ?? "now";
}

async function leave(): Promise<void> {
  try {
    await signOut("ops");
    session = undefined;
    void start();
  } catch (error) {
    refusal.textContent = error instanceof CallError ? say(notSignedOut) : String(error);
  }
}

function switchLanguage(): void {
  useLanguage(language() === "zh" ? "en" : "zh");
  void start();
}

function isSignedIn(found: Session | SignedOut): found is Session {
  return "role" in found;
}

whenAnotherSignsIn(() => void start());
window.addEventListener("hashchange", () => {
  if (shown) {
    open();
    page.querySelector<HTMLElement>("nav [aria-current]")?.focus();
  }
});
useLanguage(language());
void start();
