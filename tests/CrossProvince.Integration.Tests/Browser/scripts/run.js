// Plays scenarios in one browser: each line of standard input names one, or answers what one has asked; each gets a line that says how it ended.
import { play } from "./browser.js";
import * as counter from "./counter.js";
import * as help from "./help.js";
import * as ops from "./ops.js";
import * as provider from "./provider.js";
import * as scanning from "./scanning.js";
import * as shell from "./shell.js";
import * as wallet from "./wallet.js";
import * as walletCodes from "./wallet-codes.js";

await play({ ...counter, ...help, ...ops, ...provider, ...scanning, ...shell, ...wallet, ...walletCodes });
process.exit(0);
