// Who verified this person's licences, where, when, and what they saw.
import { CallError, type Verdict } from "../api";
import { element, sign } from "../elements";
import { momentOf, say, t } from "../language";
import { presenters } from "../names";
import { wordsOf } from "../verdicts";
import { calls, trouble, type Use } from "./calls";
import type { Shell } from "./licences";
import type { View } from "./views";
import type { Wallet } from "./wallet";

const pageSize = 20;

export const usesView =
  (wallet: Wallet, shell: Shell): View =>
  (page) => {
    document.title = t("使用记录 · CrossProvince", "Uses · CrossProvince");
    const list = element("ul", { class: "uses" });
    const told = element("p", { role: "status" });
    const more = element("button", { class: "quiet", hidden: true }, t("更早的记录", "Earlier uses"));
    let next = "";
    const load = async () => {
      more.hidden = true;
      told.textContent = t("正在读取……", "Reading …");
      try {
        const answer = await calls.uses(next, pageSize);
        list.append(...(answer.uses ?? []).map((use) => useItem(wallet, use)));
        next = answer.nextPageToken ?? "";
        told.textContent = list.childElementCount === 0 ? t("还没有人核验过您的证照。", "Nobody has verified your licences yet.") : "";
      } catch (error) {
        if (error instanceof CallError && error.kind === "signed-out") {
          shell.signedOut();
          return;
        }
        told.textContent = say(trouble(error));
        more.textContent = t("重试", "Try again");
        more.hidden = false;
        return;
      }
      more.textContent = t("更早的记录", "Earlier uses");
      more.hidden = next === "";
    };
    more.addEventListener("click", () => void load());
    page.replaceChildren(
      element(
        "header",
        {},
        element("button", { class: "quiet", click: () => shell.views.back() }, t("返回", "Back")),
        element("h1", {}, t("使用记录", "Uses")),
        element("span", { class: "gap" }),
        element("button", { class: "quiet", click: shell.languageChanged }, t("English", "中文")),
      ),
      element("main", { class: "wallet" }, list, told, more),
    );
    void load();
  };

/** The node names organisations by certificate or as operators, persons by a pseudonym. */
function verifierOf({ verifier, verifierNameZh, verifierNameEn }: Use): string[] {
  return verifier.startsWith("holder:") ? [t("另一位持证人", "another holder")] : [say({ zh: verifierNameZh, en: verifierNameEn }), verifier.replace(/^.*:/, "")];
}

export function useItem(wallet: Wallet, use: Use): HTMLElement {
  const words = wordsOf({ verdict: use.verdict as Verdict, reason: "UNDETERMINED_REASON_UNSPECIFIED" });
  const licence = wallet.licence(use.licenceId);
  const disclosed = (use.disclosedFields ?? []).map((field) => wallet.names.field(field));
  const rows: [string, string | undefined][] = [
    [t("证照", "Licence"), licence && `${wallet.names.type(licence.licenceType)} ${licence.display?.name ?? ""}`],
    [t("核验方", "Verified by"), [...verifierOf(use), use.terminalId].filter(Boolean).join(" · ")],
    [t("地区", "Region"), wallet.names.region(use.verifierRegion)],
    [t("场景", "Purpose"), say(wallet.scenario(use.scenario)?.names) || use.scenario],
    [t("亮证人", "Shown by"), say(use.presenter && presenters[use.presenter])],
    [t("对方看到", "They saw"), [t("码上的脱敏信息", "the masked fields of the code"), ...disclosed].join(t("、", ", "))],
  ];
  return element(
    "li",
    { class: `use ${words.tone}`, "data-verdict": use.verdict },
    element("p", { class: "result" }, sign(words.tone), element("strong", {}, say(words.word)), element("time", { datetime: use.time }, momentOf(new Date(use.time ?? ""), new Date()))),
    element("dl", {}, ...rows.filter(([, value]) => value).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value!)])),
  );
}
