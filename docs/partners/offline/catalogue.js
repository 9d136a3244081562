// The shared catalogue: licence types, scenarios, recognitions. Its hash stands in the trust list.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sm3 } from './signatures.js';

/** Reads licence-types.json, scenarios.json and recognitions.json of a folder. */
export function readCatalogue(folder) {
  const files = ['licence-types.json', 'scenarios.json', 'recognitions.json'].map((file) => readFileSync(join(folder, file)));
  const [types, scenarios, recognitions] = files.map((file) => JSON.parse(file).entries);
  const type = (number) => types.find((entry) => entry.number === number);
  return {
    hash: sm3(...files.map((file) => sm3(file))).toString('hex'),
    type,
    /** By its number or its id. */
    scenario: (key) => scenarios.find((entry) => entry.number === key || entry.id === key),
    /** Whether a region recognises a type of another for a scenario; when the scenario is not known, for any. */
    recognises(from, to, number, scenario) {
      const known = type(number);
      const suits = (entry) => entry.types.includes(known.id);
      if (!known || from === to) {
        return Boolean(known) && (!scenario || suits(scenario));
      }
      return recognitions.some((entry) => entry.from === from && entry.to === to && entry.types.includes(known.id)
        && (scenario ? [scenario] : scenarios).some((s) => entry.scenarios.includes(s.id) && suits(s)));
    },
  };
}
