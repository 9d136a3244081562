// One licence, before it is shown: where, for what, and what will be seen.
import type { Scenario } from "../api";
import { element, sign } from "../elements";
import { say, t } from "../language";
import { codeView } from "./code";
import type { Licence } from "./calls";
import { standing, type Shell } from "./licences";
import { regionChoice } from "./region";
import type { View } from "./views";
import type { Wallet } from "./wallet";

export const choiceView =
  (wallet: Wallet, chosen: Licence, shell: Shell): View =>
  (page) => {
    const licence = wallet.licence(chosen.licenceId) ?? chosen;
    const type = wallet.names.type(licence.licenceType);
    document.title = `${type} · CrossProvince`;
    page.replaceChildren(
      element(
        "header",
        {},
        element("button", { class: "quiet", click: () => shell.views.back() }, t("返回", "Back")),
        element("h1", {}, type),
        element("span", { class: "gap" }),
        element("button", { class: "quiet", click: shell.languageChanged }, t("English", "中文")),
      ),
      element("main", { class: "wallet" }, licence.canBeShown ? choice(wallet, licence, shell) : refusal(licence)),
    );
  };

/** The licence is not in force: red, and no code. */
export function refusal(licence: Pick<Licence, "reasonZh" | "reasonEn" | "display">): HTMLElement {
  return element(
    "section",
    { class: "refused", role: "alert" },
    element("p", { class: "large" }, sign("no"), t("不能出示", "Cannot be shown")),
    element("p", {}, `${licence.display?.name ?? ""} ${licence.display?.number ?? ""}`),
    element("p", { class: "why" }, say({ zh: licence.reasonZh, en: licence.reasonEn })),
    element("p", {}, t("如有疑问，请联系发证机关。", "Ask the issuing authority if in doubt.")),
  );
}

function choice(wallet: Wallet, licence: Licence, shell: Shell): HTMLElement {
  const scenarios = element("div");
  const seen = element("section", { class: "seen" });
  const show = element("button", { class: "big", type: "submit" }, t("亮证", "Show"));
  let chosen: Scenario | undefined;
  const choose = (scenario: Scenario | undefined) => {
    chosen = scenario;
    show.disabled = scenario === undefined;
    seen.replaceChildren(...(scenario ? willBeSeen(wallet, licence, scenario) : []));
  };
  const draw = () => {
    const fitting = wallet.scenariosOf(licence, wallet.region);
    scenarios.replaceChildren(
      ...(fitting.length > 0
        ? fitting.map((scenario, i) => option(scenario, i === 0, () => choose(scenario)))
        : [element("p", { class: "note" }, t("该地区尚未互认这类证照，请改用纸质证照或其他证照。", "That region does not recognise this kind of licence yet: use the paper, or another licence."))]),
    );
    choose(fitting[0]);
  };
  draw();
  return element(
    "form",
    {
      submit: (event: SubmitEvent) => {
        event.preventDefault();
        if (chosen) {
          shell.views.go(codeView(wallet, licence, chosen, shell));
        }
      },
    },
    standing(licence),
    regionChoice(wallet, draw),
    element("fieldset", {}, element("legend", {}, t("应用场景", "Purpose")), scenarios),
    seen,
    show,
  );
}

function option(scenario: Scenario, isFirst: boolean, choose: () => void): HTMLElement {
  const once = scenario.use !== "many" && t("每次亮证只能用一次", "good for one use a showing");
  return element(
    "label",
    { class: "option" },
    element("input", { type: "radio", name: "scenario", value: scenario.id, checked: isFirst, change: choose }),
    element("span", {}, say(scenario.names), once && element("small", {}, once)),
  );
}

function willBeSeen(wallet: Wallet, licence: Licence, scenario: Scenario): HTMLElement[] {
  const { display } = licence;
  const rows: [string, string | undefined][] = [
    [t("证照类型", "Licence"), wallet.names.type(licence.licenceType)],
    [t("姓名或名称", "Name"), display?.name],
    [t("号码", "Number"), display?.number],
    [t("有效期至", "Valid until"), display?.validUntil || t("长期", "without end")],
    [t("备注", "Note"), display?.extra],
  ];
  const granted = (scenario.discloses ?? []).filter((field) => wallet.names.has(licence.licenceType ?? "", field)).map((field) => wallet.names.field(field));
  return [
    element("h2", {}, t("对方将看到", "What will be seen")),
    element("dl", {}, ...rows.filter(([, value]) => value).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value!)])),
    granted.length > 0
      ? element(
          "p",
          { class: "note granted" },
          t("获准使用此场景的核验机构还将看到完整的：", "An organisation that may use this purpose also sees in full: "),
          element("strong", {}, granted.join(t("、", ", "))),
        )
      : element("p", {}, t("不会看到其他信息。", "Nothing else.")),
  ];
}
