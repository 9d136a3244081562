#!/usr/bin/env node
// Runs this program over the test vectors and compares what it says with what they say.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { Refused, decode } from './cbor.js';
import { readCatalogue } from './catalogue.js';
import { openBatch, openChunk, openHead, openReceipt, openStatusToken, openTrustList } from './documents.js';
import { RegionIndex, compare } from './index.js';
import { base32 } from './scan.js';
import { readKey } from './signatures.js';
import { judge } from './verifier.js';

const usage = `node vectors.js [--vectors FOLDER] [--json] [ID…]

Judges all test vectors, or those that are named, and then says which checks a code has passed.

  --vectors FOLDER  where they are; default tests/Vectors of the project
  --json            one JSON object for each: {file, id, why, expected, got, ok}

Exit code: 0 all as expected, 1 one was not, 2 wrong usage.`;

const bytes = (hex) => Buffer.from(hex, 'hex');

/** Every vector of the folder, as { file, id, why, expected, got: () => … }. */
function* vectors(folder, passed) {
  const read = (file) => JSON.parse(readFileSync(join(folder, file)));
  const region = '110000';

  const lists = read('trust-lists.json');
  const roots = { keys: lists.roots.map((root) => readKey(bytes(root))), threshold: lists.threshold };
  yield* documents('trust-lists.json', lists, ({ document }) => {
    const { regions, ...list } = openTrustList(document, roots);
    return {
      ...list,
      regions: regions.map(({ code, endpoint, listBound, keys }) => ({ code, endpoint, listBound, keys: keys.map(({ key, ...entry }) => entry) })),
    };
  });
  const trustLists = new Map(lists.cases.filter(({ expect }) => expect.accepted).map(({ id, document }) => [id, openTrustList(bytes(document), roots)]));
  const trust = trustLists.get('federation');

  yield* documents('heads.json', read('heads.json'), ({ document, now }) => openHead(document, trust, region, now));
  yield* documents('feed-batches.json', read('feed-batches.json'), ({ document, copy }) => {
    const batch = openBatch(document, trust, region, 1_800_000_000);
    return { order: compare(batch, copy), ...batch };
  });
  yield* documents('chunks.json', read('chunks.json'), ({ document, list, chunk, hash }) => openChunk(document, list, chunk, hash, decode));
  yield* documents('status-tokens.json', read('status-tokens.json'), ({ document, uri, now, expect }) => {
    const { statusAt, ...token } = openStatusToken(document, trust, region, uri, now);
    return { ...token, statuses: Object.fromEntries(Object.keys(expect.statuses ?? {}).map((i) => [i, statusAt(Number(i))])) };
  });
  yield* documents('receipts.json', read('receipts.json'), ({ document, text, now }) => {
    const printed = Buffer.from(base32(text.slice('CPR1'.length)).bytes);
    return { ...openReceipt(document, trust, region, now), ...(!printed.equals(document) && { text: 'is another document' }) };
  });

  const copies = new Map();
  for (const { id, why, region: of, batches, head, expect } of read('indexes.json').indexes) {
    const copy = new RegionIndex(of);
    const now = Math.floor(expect.asOf / 1000);
    copies.set(id, copy);
    yield { file: 'indexes.json', id, why, expected: expect, got() {
      for (const batch of batches) {
        copy.apply(openBatch(bytes(batch), trust, of, now));
      }
      copy.follow(openHead(bytes(head), trust, of, now));
      const entries = expect.entries.map(({ list, index }) => ({ list, index, ...copy.find(list, index) }));
      return { seq: copy.seq, hash: copy.hash, asOf: copy.asOf, lists: copy.lists(), entries };
    } };
  }

  const codes = read('codes.json');
  const catalogue = readCatalogue(join(folder, 'catalogue'));
  for (const vector of codes.cases) {
    const given = { ...codes.defaults, ...vector };
    const situation = {
      now: given.at, clockBehind: given.clockBehind, trust: trustLists.get(given.trustList),
      trustReadAt: Math.floor(given.at / 1000) - given.trustReadSecondsAgo, trustRefreshSeconds: codes.trustRefreshSeconds,
      catalogue, indexes: new Map(given.indexes.map((id) => [copies.get(id).region, copies.get(id)])),
      recognising: given.recognising, verifier: codes.verifiers[given.verifier], scenario: given.scenario, rules: codes.rules[given.rules],
    };
    yield { file: 'codes.json', id: vector.id, why: vector.why, expected: vector.expect, got: () => judge(vector.text, situation, passed) };
  }
  yield { file: 'catalogue', id: 'catalogue-hash', why: 'The trust list names the catalogue by its hash.', expected: trust.catalogueHash, got: () => catalogue.hash };
  yield* read('keys.json').keys.map(({ name, algorithm, kid, spki }) => ({
    file: 'keys.json', id: `key-${name}`, why: 'Key id and algorithm follow from the key.', expected: { algorithm, kid },
    got: () => (({ algorithm: a, kid: k }) => ({ algorithm: a, kid: k }))(readKey(bytes(spki))),
  }));
}

function* documents(file, { cases }, open) {
  for (const { id, why, document, expect, ...given } of cases) {
    const { accepted, ...content } = expect;
    yield { file, id, why, expected: accepted ? content : 'refused', got() {
      try {
        return open({ document: bytes(document), expect, ...given });
      } catch (e) {
        if (e instanceof Refused) {
          return 'refused';
        }
        throw e;
      }
    } };
  }
}

/** Without what is not set, so that it can be compared with JSON. */
const plain = (value) => JSON.parse(JSON.stringify(value));

function run() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { vectors: { type: 'string', default: fileURLToPath(new URL('../../../tests/Vectors', import.meta.url)) }, json: { type: 'boolean' } },
  });
  let passed = [];
  let [count, wrong] = [0, 0];
  for (const { file, id, why, expected, got } of vectors(values.vectors, (step) => passed.push(step))) {
    passed = [];
    const found = plain(got());
    if (positionals.length > 0 && !positionals.includes(id)) {
      continue;
    }
    const ok = isDeepStrictEqual(found, expected);
    count++;
    wrong += ok ? 0 : 1;
    if (values.json) {
      console.log(JSON.stringify({ file, id, why, expected, got: found, ok }));
    } else if (!ok || positionals.length > 0) {
      console.log(`${ok ? 'as expected' : 'WRONG'}  ${file} ${id}: ${why}`);
      passed.forEach((step) => console.log(`  passed  ${step}`));
      console.log(`  says    ${JSON.stringify(found)}${ok ? '' : `\n  not     ${JSON.stringify(expected)}`}`);
    }
  }
  const missing = positionals.length - count;
  console.error(missing > 0 ? `There is no vector with one of these ids: ${positionals.join(', ')}.` : `${count} vectors, ${wrong} not as expected.`);
  return missing > 0 ? 2 : wrong > 0 ? 1 : 0;
}

try {
  process.exitCode = run();
} catch (e) {
  console.error(e.code?.startsWith('ERR_PARSE_ARGS') ? `${e.message}\n\n${usage}` : e);
  process.exitCode = 2;
}
