// The code, as large as the screen allows, black on white. It is on the screen only while somebody looks at this page.
import type { Scenario } from "../api";
import { element } from "../elements";
import { say, t } from "../language";
import { calls, trouble, type Licence } from "./calls";
import { refusal } from "./choice";
import type { Shell } from "./licences";
import { signInAgain } from "./sign-in";
import { withdrawn } from "./live-codes";
import { draw, wipe } from "./picture";
import { Showing, type Sight } from "./showing";
import { useItem } from "./uses";
import type { View } from "./views";
import type { Wallet } from "./wallet";

const ticksMs = 200;

export const codeView =
  (wallet: Wallet, licence: Licence, scenario: Scenario, shell: Shell): View =>
  (page) => {
    document.title = t("亮证 · CrossProvince", "Showing · CrossProvince");
    const showing = new Showing(licence, scenario);
    wallet.showings.push(showing);
    const canvas = element("canvas", { class: "code", role: "img", "aria-label": t("亮证码", "The licence's code"), hidden: true });
    const notice = element("p", { class: "notice", role: "status" });
    const time = element("p", { class: "time" });
    const withdraw = element("button", { class: "quiet", disabled: true }, t("撤回此码", "Withdraw"));
    const main = element(
      "main",
      { class: "showing", "data-state": "starting" },
      notice,
      element("div", { class: "place" }, canvas),
      time,
      element("h1", {}, `${wallet.names.type(licence.licenceType)} ${licence.display?.name ?? ""}`),
      element("p", { class: "scenario" }, say(scenario.names)),
      element("p", { class: "hint" }, t("请把屏幕调到最亮，正对扫码设备。", "Turn the brightness up, and face the scanner.")),
      element("p", { class: "acts" }, withdraw, element("button", { click: () => shell.views.back() }, t("完成", "Done"))),
    );
    page.replaceChildren(main);

    let shown: ImageBitmap | undefined;
    const clear = () => {
      shown = undefined;
      canvas.hidden = true;
      wipe(canvas);
    };
    const tick = () => {
      if (document.visibilityState === "hidden") {
        return;
      }
      const sight = showing.look();
      if (sight.ended) {
        stop();
        main.dataset.state = "ended";
        page.replaceChildren(ended(sight.ended));
        return;
      }
      if (sight.picture === undefined) {
        clear();
      } else if (sight.picture !== shown) {
        canvas.hidden = false;
        draw(canvas, sight.picture);
        shown = sight.picture;
      }
      main.dataset.state = sight.picture ? (sight.trouble ? "last" : "live") : sight.trouble ? "away" : "starting";
      withdraw.disabled = sight.secondsLeft === 0;
      setText(time, timeText(sight));
      setText(notice, noticeText(sight));
    };
    const turn = () => {
      if (document.visibilityState === "hidden") {
        clear();
        main.dataset.state = "hidden";
        setText(time, "");
      } else {
        void keepAwake();
        tick();
      }
    };
    const leave = () => {
      clear();
      main.dataset.state = "hidden";
    };
    const hurry = () => {
      showing.hurry();
      tick();
    };
    const resize = () => shown && draw(canvas, shown);

    let awake: WakeLockSentinel | undefined;
    const keepAwake = async () => {
      const lock = await navigator.wakeLock?.request("screen").catch(() => undefined);
      if (isOpen) {
        awake = lock;
      } else {
        await lock?.release();
      }
    };

    let isOpen = true;
    const timer = setInterval(tick, ticksMs);
    document.addEventListener("visibilitychange", turn);
    window.addEventListener("pagehide", leave);
    window.addEventListener("online", hurry);
    window.addEventListener("offline", hurry);
    window.addEventListener("resize", resize);
    const stop = () => {
      isOpen = false;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", turn);
      window.removeEventListener("pagehide", leave);
      window.removeEventListener("online", hurry);
      window.removeEventListener("offline", hurry);
      window.removeEventListener("resize", resize);
      clear();
      showing.close();
      void awake?.release();
    };
    withdraw.addEventListener("click", async () => {
      withdraw.disabled = true;
      try {
        const answer = await showing.withdraw();
        stop();
        page.replaceChildren(ended({ why: "withdrawn", text: { zh: withdrawn(answer), en: withdrawn(answer) } }));
      } catch (error) {
        setText(notice, say(trouble(error)));
        withdraw.disabled = false;
      }
    });

    const ended = ({ why, text }: NonNullable<Sight["ended"]>): HTMLElement => {
      if (why === "signed-out") {
        return closing(say(text), signInAgain(shell.signedOut));
      }
      if (why === "not-in-force") {
        wallet.refuse(licence, text);
        return element("main", { class: "wallet" }, refusal({ display: licence.display, reasonZh: text.zh, reasonEn: text.en }), done());
      }
      const again = element("button", { class: "big", click: () => shell.views.swap(codeView(wallet, licence, scenario, shell)) }, t("再次亮证", "Show again"));
      if (why === "used") {
        const use = element("div");
        void showLastUse(use);
        return closing(t("这个码已经核验过，一次亮证只能用一次。", "This code has been verified; a showing works once."), use, again);
      }
      return closing(why === "over" ? t("一次亮证最长 10 分钟，已到时间。", "A showing lasts ten minutes at most, and they are over.") : say(text), again);
    };
    const showLastUse = async (place: HTMLElement) => {
      const found = (await calls.uses("", 20)).uses?.find((use) => use.licenceId === licence.licenceId && use.scenario === scenario.id);
      if (found) {
        place.append(element("ul", { class: "uses" }, useItem(wallet, found)));
      }
    };
    const closing = (text: string, ...rest: (HTMLElement | null)[]): HTMLElement =>
      element("main", { class: "wallet closing" }, element("p", { class: "large", role: "status" }, text), ...rest, done());
    const done = () => element("button", { class: "quiet", click: () => shell.views.back() }, t("返回", "Back"));

    void keepAwake();
    tick();
    return stop;
  };

function timeText({ picture, secondsLeft, secondsToNext, trouble: why }: Sight): string {
  if (!picture) {
    return "";
  }
  return why ? t(`此码还有 ${secondsLeft} 秒有效`, `good for ${secondsLeft} s more`) : t(`${secondsToNext} 秒后自动更新`, `a new code in ${secondsToNext} s`);
}

function noticeText({ picture, trouble: why }: Sight): string {
  if (!why) {
    return picture ? "" : t("正在取码……", "Fetching the code …");
  }
  return picture
    ? `${say(why)}${t("下面是最后一个有效的码。", " This is the last good code.")}`
    : `${say(why)}${t("没有可用的码，恢复后自动显示。", " There is no good code; one comes as soon as the node answers.")}`;
}

function setText(place: HTMLElement, text: string): void {
  if (place.textContent !== text) {
    place.textContent = text;
  }
}
