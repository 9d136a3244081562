// The licences of a person, as cards.
import { CallError } from "../api";
import { element, sign } from "../elements";
import { say, t } from "../language";
import { notSignedOut, signOut } from "../session";
import { trouble, type Licence } from "./calls";
import { choiceView } from "./choice";
import { isLarge, useLarge } from "./large";
import { showLiveCodes } from "./live-codes";
import { usesView } from "./uses";
import type { View, Views } from "./views";
import type { Wallet } from "./wallet";

export interface Shell {
  views: Views;
  signedOut(): void;
  languageChanged(): void;
}

export const licencesView =
  (wallet: Wallet, shell: Shell): View =>
  (page) => {
    document.title = t("我的证照 · CrossProvince", "My licences · CrossProvince");
    const live = element("section", { class: "live" });
    const cards = element("ul", { class: "cards" });
    const refusal = element("p", { role: "alert" });
    const draw = () =>
      cards.replaceChildren(
        ...(wallet.licences.length > 0
          ? wallet.licences.map((licence) => element("li", {}, card(wallet, licence, () => shell.views.go(choiceView(wallet, licence, shell)))))
          : [element("li", { class: "empty" }, t("您名下没有可以出示的证照。如有疑问，请联系发证机关。", "There is no licence of yours to show. Ask the issuing authority if in doubt."))]),
      );
    const renew = async () => {
      refusal.textContent = "";
      try {
        await wallet.renew();
        draw();
      } catch (error) {
        if (error instanceof CallError && error.kind === "signed-out") {
          shell.signedOut();
        } else {
          refusal.textContent = say(trouble(error));
        }
      }
    };
    const leave = () => signOut("wallet").then(shell.signedOut, (error: unknown) => (refusal.textContent = error instanceof CallError ? say(notSignedOut) : String(error)));
    page.replaceChildren(
      element(
        "header",
        {},
        element("h1", {}, t("我的证照", "My licences")),
        element("span", { class: "gap" }),
        largeType(),
        element("button", { class: "quiet", click: shell.languageChanged }, t("English", "中文")),
        element("button", { class: "quiet", click: () => void leave() }, t("退出", "Sign out")),
      ),
      element(
        "main",
        { class: "wallet" },
        refusal,
        live,
        cards,
        element(
          "p",
          { class: "acts" },
          element("button", { class: "quiet", click: () => shell.views.go(usesView(wallet, shell)) }, t("使用记录", "Uses")),
          element("button", { class: "quiet", click: () => void renew() }, t("刷新", "Refresh")),
          element("a", { href: "/help" }, t("帮助", "Help")),
        ),
      ),
    );
    draw();
    return showLiveCodes(live, wallet);
  };

function card(wallet: Wallet, licence: Licence, open: () => void): HTMLElement {
  const { display } = licence;
  const canBeShown = licence.canBeShown === true;
  return element(
    "button",
    { class: canBeShown ? "card" : "card ended", "data-type": licence.licenceType, click: open },
    element("span", { class: "type" }, wallet.names.type(licence.licenceType)),
    element("span", { class: "name" }, display?.name ?? ""),
    element("span", { class: "number" }, display?.number ?? ""),
    element("span", {}, t("有效期至 ", "Valid until "), display?.validUntil || t("长期", "without end")),
    standing(licence),
    !canBeShown && element("span", { class: "refusal" }, sign("no"), t("现在不能出示", "Cannot be shown now")),
  );
}

function largeType(): HTMLElement {
  const button = element("button", { class: "quiet", "aria-pressed": String(isLarge()), click: () => button.setAttribute("aria-pressed", String(useLarge(!isLarge()))) }, t("大字", "Large"));
  return button;
}

/** As what the person shows a licence that is not their own. */
export function standing(licence: Licence): HTMLElement | undefined {
  switch (licence.presenter) {
    case "PRESENTER_GUARDIAN":
      return element("span", { class: "standing" }, t("您以监护人身份出示", "You show it as a guardian"));
    case "PRESENTER_AGENT":
      return element("span", { class: "standing" }, t("您以经办人身份出示", "You show it as an agent"));
    default:
      return undefined;
  }
}
