// The order of checks of docs/payload.md, steps 1 to 10. The first check that fails is the verdict. Step 11, single use, needs
// somebody who remembers: useRequired says that it is still to be done before VALID may be said.
import { createHash } from 'node:crypto';
import { encode } from './cbor.js';
import { decodeCode } from './code.js';
import { findKeys, maySignAt, mayVerifyAt } from './documents.js';
import { readScan } from './scan.js';
import { isSigned } from './signatures.js';

const longestLife = 600;
const chinaOffset = 28_800;
const day = 86_400;
const trustGrace = 7 * day;
const newLicenceMs = 5_000;

const numbers = {
  VALID: 1, MALFORMED: 10, UNSUPPORTED_VERSION: 11, TRUNCATED: 12, UNKNOWN_KEY: 20, KEY_NOT_VALID: 21, BAD_SIGNATURE: 22, KEY_NOT_ALLOWED: 23,
  NOT_YET_VALID: 30, EXPIRED: 31, LIFETIME_NOT_ALLOWED: 32, NOT_RECOGNISED: 40, SCENARIO_MISMATCH: 41, VERIFIER_NOT_ALLOWED: 42, SPECIMEN: 43,
  REVOKED: 50, SUSPENDED: 51, NOT_ACTIVE: 52, LICENCE_EXPIRED: 54, LICENCE_UNKNOWN: 55, WITHDRAWN: 58, UNDETERMINED: 60,
};

/**
 * Judges one scan.
 * @param {string} scan what the scanner typed
 * @param {object} situation
 * @param {number} situation.now Unix milliseconds: the later of the clock and the signed times seen
 * @param {boolean} situation.clockBehind the clock is behind signed times by more than the skew
 * @param {object} situation.trust of openTrustList
 * @param {number} situation.trustReadAt when the list was last read with success, Unix seconds
 * @param {number} situation.trustRefreshSeconds how often it is read
 * @param {object} situation.catalogue of catalogue.js
 * @param {Map<string, object>} situation.indexes RegionIndex by region
 * @param {string} situation.recognising the region for whose counter the answer is
 * @param {{ kind: string, scenarios: string[] | null }} situation.verifier
 * @param {string | null} situation.scenario the scenario asked for; null is the code's own
 * @param {{ skewSeconds: number, softSeconds: number, hardSeconds: number, allowSpecimens: boolean }} situation.rules
 * @param {(step: string) => void} [passed] told of every check that has passed
 */
export function judge(scan, situation, passed = () => {}) {
  const found = {};
  const answer = (verdict, reason) => ({ verdict, number: numbers[verdict], ...(reason && { reason }), ...found });
  const { trust, catalogue, rules } = situation;
  const now = Math.floor(situation.now / 1000);

  // 1 Reading
  const read = readScan(scan);
  if (read.verdict) {
    return answer(read.verdict);
  }
  passed('1 one code was read, as long as it says');

  // 2 Exact shape
  const code = decodeCode(read.bytes);
  if (!code) {
    return answer('MALFORMED');
  }
  passed('2 the shape of a code, nothing unknown, nothing behind');

  // Without time and trust there is no answer.
  if (now >= trust.exp) {
    found.trustStale = true;
  }
  if (situation.clockBehind) {
    return answer('UNDETERMINED', 'CLOCK');
  }
  if (now >= trust.exp + trustGrace) {
    return answer('UNDETERMINED', 'TRUST_STALE');
  }
  passed('– clock and trust list can be relied on');

  // 3 A code key of that region, good for verifying now
  const keys = findKeys(trust, code.says.region, 'code', code.kid);
  if (keys.length === 0) {
    return now - situation.trustReadAt > 5 * situation.trustRefreshSeconds ? answer('UNDETERMINED', 'TRUST_STALE') : answer('UNKNOWN_KEY');
  }
  const good = keys.filter((key) => mayVerifyAt(key, now));
  if (good.length === 0) {
    return answer('KEY_NOT_VALID');
  }
  passed(`3 the trust list has a code key ${code.kid} of region ${code.says.region}, good now`);

  // 4 The signature, under one of those keys
  const signed = encode(['Signature1', code.header, Buffer.from('CP1'), code.payload]);
  const key = good.find((candidate) => candidate.key.algorithm === code.algorithm && isSigned(candidate.key, signed, code.signature));
  if (!key) {
    return answer('BAD_SIGNATURE');
  }
  const says = (found.says = code.says);
  passed(`4 its signature holds (${code.algorithm})`);

  // 5 The key may sign for this type
  if (key.types && !key.types.includes(says.type)) {
    return answer('KEY_NOT_ALLOWED');
  }
  passed('5 the key may sign codes of this type');

  // 6 Times
  const scenario = catalogue.scenario(says.scenario);
  if (!maySignAt(key, says.issuedAt)) {
    return answer('KEY_NOT_VALID');
  }
  const life = says.expiresAt - says.issuedAt;
  if (life <= 0 || life > Math.min(longestLife, catalogue.type(says.type)?.maxLifetimeSeconds ?? longestLife, scenario?.lifetimeSeconds ?? longestLife)) {
    return answer('LIFETIME_NOT_ALLOWED');
  }
  if (says.issuedAt > now + rules.skewSeconds) {
    return answer('NOT_YET_VALID');
  }
  if (now >= says.expiresAt + rules.skewSeconds) {
    return answer('EXPIRED');
  }
  passed('6 its times are within the key’s and the catalogue’s');

  // 7 Recognition
  if (!catalogue.recognises(says.region, situation.recognising, says.type, scenario)) {
    return answer('NOT_RECOGNISED');
  }
  if (says.specimen && !rules.allowSpecimens) {
    return answer('SPECIMEN');
  }
  passed(`7 region ${situation.recognising} recognises it`);

  // 8 Scenario
  const asked = situation.scenario === null ? scenario : catalogue.scenario(situation.scenario);
  if (asked && !mayUse(situation.verifier, asked)) {
    return answer('VERIFIER_NOT_ALLOWED');
  }
  if (!scenario || asked !== scenario) {
    return answer('SCENARIO_MISMATCH');
  }
  passed('8 the verifier may use the scenario, and the code was made for it');

  // 9 Last valid day, China Standard Time, inclusive
  const [, , lastDay] = says.display;
  if (lastDay !== null && Math.floor((now + chinaOffset) / day) > lastDay) {
    return answer('LICENCE_EXPIRED');
  }
  passed('9 the licence’s last valid day has not passed');

  // 10 The licence index
  const index = situation.indexes.get(says.region);
  if (!index) {
    return answer('UNDETERMINED', 'NO_STATUS');
  }
  const age = situation.now - index.asOf;
  found.asOf = index.asOf;
  if (age > (scenario.softSeconds ?? rules.softSeconds) * 1000) {
    found.stale = true;
  }
  const entry = index.find(says.list, says.index);
  const known = entry.tag === tagOf(says, code.displayBytes);
  if (age > (scenario.hardSeconds ?? rules.hardSeconds) * 1000 && !(known && entry.status === 1)) {
    return answer('UNDETERMINED', 'STALE');
  }
  if (!known) {
    if (index.asOf < Math.min(says.issuedAt * 1000, situation.now) - newLicenceMs) {
      return answer('UNDETERMINED', 'NOT_YET_SEEN');
    }
    found.alarm = true;
    return answer('LICENCE_UNKNOWN');
  }
  switch (entry.status) {
    case 0:
      break;
    case 1:
      return answer(entry.reason === 1 ? 'REVOKED' : 'WITHDRAWN');
    case 2:
      return answer('SUSPENDED');
    default:
      return entry.reason === 21 ? answer('UNDETERMINED', 'SOURCE_UNKNOWN') : answer('NOT_ACTIVE');
  }
  passed('10 the index of its region knows it, and it is in force');
  if (scenario.use !== 'many') {
    found.useRequired = true;
  }
  return answer('VALID');
}

function mayUse(verifier, scenario) {
  switch (scenario.verifiers) {
    case 'anyone':
      return true;
    case 'any-organisation':
      return verifier.kind === 'node' || (verifier.kind === 'organisation' && (verifier.scenarios === null || verifier.scenarios.includes(scenario.id)));
    default:
      return verifier.kind === 'node' || (verifier.kind === 'organisation' && verifier.scenarios !== null && verifier.scenarios.includes(scenario.id));
  }
}

/** The tag by which the index vouches for type and display: the first 8 bytes of SM3(["CP1-TAG", iss, list, entry, type, display]). */
function tagOf(says, displayBytes) {
  const head = Buffer.concat([Buffer.from([0x86]), ...['CP1-TAG', says.region, says.list, says.index, says.type].map(encode)]);
  const tag = createHash('sm3').update(head).update(displayBytes).digest('hex').slice(0, 16);
  return tag === '0'.repeat(16) ? `${'0'.repeat(15)}1` : tag;
}
