// Codes that have left the screen and are still good: each can be withdrawn.
import { element } from "../elements";
import { say, t, timeOf } from "../language";
import { trouble, type Withdrawal } from "./calls";
import type { Wallet } from "./wallet";

const ticksMs = 500;

/** Keeps a place filled with them. Returns what ends that. */
export function showLiveCodes(place: HTMLElement, wallet: Wallet): () => void {
  const told = element("p", { role: "status" });
  const list = element("ul");
  place.replaceChildren(told, list);
  const lines = new Map<unknown, { line: HTMLElement; left: HTMLElement }>();
  const tick = () => {
    for (const showing of [...wallet.showings]) {
      const left = showing.secondsLeft;
      const line = lines.get(showing) ?? add(showing);
      line.left.textContent = t(`还有 ${left} 秒有效`, `good for ${left} s more`);
      if (left === 0) {
        wallet.showings.splice(wallet.showings.indexOf(showing), 1);
        line.line.remove();
        lines.delete(showing);
      }
    }
  };
  const add = (showing: Wallet["showings"][number]) => {
    const left = element("span");
    const button = element(
      "button",
      {
        class: "quiet",
        click: async () => {
          button.disabled = true;
          try {
            told.textContent = withdrawn(await showing.withdraw());
          } catch (error) {
            told.textContent = say(trouble(error));
            button.disabled = false;
          }
          tick();
        },
      },
      t("撤回", "Withdraw"),
    );
    const line = element(
      "li",
      {},
      element("strong", {}, `${wallet.names.type(showing.licence.licenceType)} ${showing.licence.display?.name ?? ""}`),
      element("span", {}, say(showing.scenario.names)),
      left,
      button,
    );
    const made = { line, left };
    lines.set(showing, made);
    list.append(line);
    return made;
  };
  tick();
  const timer = setInterval(tick, ticksMs);
  return () => clearInterval(timer);
}

/** What a withdrawal means for whoever holds a picture of the code. */
export function withdrawn(answer: Withdrawal): string {
  const end = timeOf(new Date(answer.lastCodeExpiresAt ?? ""));
  return answer.effectiveEverywhere
    ? t("已撤回，各地都不再接受这次亮证的码。", "Withdrawn: no region takes its codes any more.")
    : t(`已撤回：本地区即刻拒绝；其他地区最迟在 ${end} 后拒绝。`, `Withdrawn: this region refuses its codes at once, others by ${end} at the latest.`);
}
