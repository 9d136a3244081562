// Plays scenarios in one browser, one after the other: each line of standard input names the next, and each gets a line that says how it ended.
import { hear, closeBrowser, tell } from "./browser.js";
import * as counter from "./counter.js";
import * as help from "./help.js";

const scenarios = { ...counter, ...help };

for (let order = await hear(); order !== undefined; order = await hear()) {
  try {
    const play = scenarios[order.play];
    if (!play) {
      throw new Error(`There is no scenario ${order.play}.`);
    }
    await play();
    tell({ ended: "" });
  } catch (error) {
    tell({ ended: error.stack ?? String(error) });
  }
}
await closeBrowser();
process.exit(0);
