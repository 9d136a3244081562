// Where the person is: chosen by hand, or found by the phone when asked to. The position stays in the phone.
import { element } from "../elements";
import { t } from "../language";
import { regionAt } from "./places";
import type { Wallet } from "./wallet";

const patienceMs = 15_000;

export function regionChoice(wallet: Wallet, changed: () => void): HTMLElement {
  const select = element("select", { name: "region" }, ...wallet.regions.map((code) => element("option", { value: code }, wallet.names.region(code))));
  select.value = wallet.region;
  const told = element("p", { class: "told", role: "status" });
  const choose = (region: string) => {
    wallet.region = region;
    select.value = region;
    changed();
  };
  select.addEventListener("change", () => {
    told.textContent = "";
    choose(select.value);
  });
  const find = element(
    "button",
    {
      class: "quiet",
      type: "button",
      click: async () => {
        find.disabled = true;
        told.textContent = t("正在定位……", "Finding where you are …");
        told.textContent = await locate(wallet, choose);
        find.disabled = false;
      },
    },
    t("用手机定位", "Use this phone's position"),
  );
  return element("div", { class: "region" }, element("label", {}, t("在哪里使用", "Used in"), select), find, told);
}

async function locate(wallet: Wallet, choose: (region: string) => void): Promise<string> {
  let position: GeolocationPosition;
  try {
    position = await new Promise((found, failed) =>
      navigator.geolocation.getCurrentPosition(found, failed, { enableHighAccuracy: false, timeout: patienceMs, maximumAge: 600_000 }),
    );
  } catch {
    return t("无法定位：请在上面手动选择。", "The position cannot be had: choose above.");
  }
  const region = regionAt(position.coords.latitude, position.coords.longitude);
  if (region === undefined || !wallet.regions.includes(region)) {
    return t("您似乎不在互认地区内：请在上面手动选择。", "You do not seem to be in a region that takes part: choose above.");
  }
  choose(region);
  return t("已按手机位置选择；不对请在上面改选。位置没有发给任何人。", "Chosen by the phone's position; change it above if it is wrong. Nobody was told the position.");
}
