// node run.js SCENARIO: runs one scenario of counter.js or help.js; exit code 0 when all of it held.
import * as counter from "./counter.js";
import * as help from "./help.js";

const [name] = process.argv.slice(2);
const scenario = { ...counter, ...help }[name];
if (!scenario) {
  console.error(`There is no scenario ${name}.`);
  process.exit(2);
}
try {
  await scenario();
  process.exit(0);
} catch (error) {
  console.error(error.stack ?? String(error));
  process.exit(1);
}
