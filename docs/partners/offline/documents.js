// What regions sign for one another: docs/signed-documents.md. Keys of maps that this program does not know are ignored, in all of
// them: newer versions add some. (In codes nothing unknown is allowed.)
import { inflateSync } from 'node:zlib';
import { need } from './cbor.js';
import { openSign, openSign1 } from './cose.js';
import { readKey, sm3 } from './signatures.js';

const secondsAfterSigning = 630; // a key verifies so long after it has ended signing
const aheadSeconds = 30; // so far a head may be ahead of this clock
const chunkEntries = 4096;
const hexOf = (bytes) => Buffer.from(bytes).toString('hex');

/**
 * Opens a trust list. Whether it has expired, and whether a newer one was seen before, is for the caller to judge.
 * @param {Uint8Array} document
 * @param {{ keys: object[], threshold: number }} roots the root keys, which come by another way than the list
 */
export function openTrustList(document, roots) {
  const list = fields(openSign(document, 'CP1-TRUST', roots.keys, roots.threshold));
  const regions = list('regions', Array.isArray).map(readRegion);
  const keys = regions.flatMap((region) => region.keys);
  need(!keys.some(({ key }) => roots.keys.some((root) => root.spki.equals(key.spki))), "a root key stands there as a region's key");
  return {
    version: list('version', isCount), iat: list('iat', isCount), exp: list('exp', isCount),
    catalogueHash: hexOf(list('catalogue_hash', isBytes(32))), regions,
  };
}

function readRegion(map) {
  const region = fields(map);
  return {
    code: region('code', (code) => /^[1-9]\d{5}$/.test(code)),
    endpoint: fields(region('endpoints'))('api', isText),
    listBound: fields(region('lists'))('bound', isCount),
    keys: region('keys', Array.isArray).map((item) => {
      const entry = fields(item);
      const key = readKey(entry('spki', isBytes(91)));
      need(entry('alg') === { SM2: -65537, ESP256: -9 }[key.algorithm], 'a key of another algorithm than it says');
      return {
        key, kid: key.kid, use: entry('use', isText), notBefore: entry('not_before', isCount), notAfter: entry('not_after', isCount),
        types: entry.maybe('types'), retiredAt: entry.maybe('retired_at'), compromisedAt: entry.maybe('compromised_at'),
      };
    }),
  };
}

/** The keys of a region for one use; an id is a hint, and several keys may have it. */
export function findKeys(trust, region, use, kid) {
  return trust.regions.find(({ code }) => code === region)?.keys.filter((key) => key.use === use && key.kid === kid) ?? [];
}

const signingEnds = (key) => Math.min(key.notAfter, key.retiredAt ?? Infinity);

/** Whether something signed at that time is the key's work, Unix seconds. */
export const maySignAt = (key, at) => key.compromisedAt === undefined && key.notBefore <= at && at <= signingEnds(key);

/** Whether what it signed is accepted at that time, Unix seconds. */
export const mayVerifyAt = (key, now) => key.compromisedAt === undefined && key.notBefore <= now && now <= signingEnds(key) + secondsAfterSigning;

/**
 * Opens the head of a region's index.
 * @param {number} now Unix seconds
 */
export function openHead(document, trust, region, now) {
  const { content, key } = openSign1(document, 'CP1-HEAD', (kid) => keysOf(trust, region, 'index', kid, now));
  const head = fields(content);
  const bound = trust.regions.find(({ code }) => code === region).listBound;
  const lists = head('lists', Array.isArray).map((item) => {
    const list = fields(item);
    return { list: list('list', (n) => isCount(n) && n < bound), root: hexOf(list('root', isBytes(32))), allocated: list('allocated', isCount) };
  });
  need(lists.every((list, i) => i === 0 || lists[i - 1].list < list.list), 'lists that do not ascend');
  const time = head('time', isCount);
  need(head('iss') === region, 'a head of another region');
  need(time <= (now + aheadSeconds) * 1000, 'a head of the future');
  need(maySignAt(key, Math.floor(time / 1000)), 'a head of a time when its key did not sign');
  return { seq: head('seq', isCount), hash: hexOf(head('hash', isBytes(32))), time, lists };
}

/** Opens a batch of changes; index.js says how it stands to a copy. */
export function openBatch(document, trust, region, now) {
  const { content } = openSign1(document, 'CP1-FEED', (kid) => keysOf(trust, region, 'index', kid, now));
  const batch = fields(content);
  need(batch('iss') === region, 'a batch of another region');
  const fromSeq = batch('from_seq', isCount);
  const records = batch('records', Array.isArray).map((record, i) => {
    need(Array.isArray(record) && record.length === 7, 'a record that has not seven elements');
    const [seq, time, list, index, status, tag, reason] = record;
    need([seq, time, list, index, status, reason].every(isCount) && isBytes(8)(tag) && status <= 3 && reason <= 255 && list < 65_536 && index < 2 ** 20, 'a record that is none');
    need(seq === fromSeq + i, 'a change is missing within the batch');
    return [seq, time, list, index, status, hexOf(tag), reason];
  });
  need(records.length > 0, 'a batch without changes');
  return { fromSeq, headHash: hexOf(batch('head_hash', isBytes(32))), records };
}

/** Opens a chunk, which is held to the signed root by its hash. */
export function openChunk(bytes, list, number, hash, decode) {
  need(sm3(bytes).toString('hex') === hash, 'a chunk that has not the signed hash');
  const chunk = fields(decode(bytes));
  need(chunk('list') === list && chunk('chunk') === number, 'another chunk');
  const [status, tags, reasons] = [chunk('status', isBytes(1024)), Buffer.from(chunk('tags', isBytes(chunkEntries * 8))), chunk('reasons', (map) => map instanceof Map)];
  const entries = [];
  for (let i = 0; i < chunkEntries; i++) {
    const entry = { list, index: number * chunkEntries + i, status: statusAt(status, i), reason: reasons.get(i) ?? 0, tag: tags.toString('hex', i * 8, i * 8 + 8) };
    const given = entry.tag !== '0'.repeat(16);
    need(given ? (entry.status === 0) === (entry.reason === 0) : entry.status === 3 && entry.reason === 0, 'an entry that contradicts itself');
    if (given) {
      entries.push(entry);
    }
  }
  return { entries };
}

/** Two bits an entry, the first in the least significant bits. */
const statusAt = (bits, i) => (bits[i >> 2] >> (2 * (i & 3))) & 3;

/** Opens a Status List Token (CWT form of the IETF draft) that was fetched from an address. */
export function openStatusToken(document, trust, region, uri, now) {
  const { content: claims } = openSign1(document, '', (kid) => keysOf(trust, region, 'index', kid, now), new Map([[16, 'application/statuslist+cwt']]));
  const list = fields(claims.get(65533));
  need(claims.get(2) === uri, 'the token of another list');
  need(now < claims.get(4), 'a token that has expired');
  need(list('bits') === 2, 'statuses that have not two bits');
  let bits;
  try {
    bits = inflateSync(list('lst', isBytes()), { maxOutputLength: 2 ** 18 });
  } catch {
    need(false, 'a list that is not packed by zlib, or too long');
  }
  return { iat: claims.get(6), exp: claims.get(4), ttl: claims.get(65534), length: bits.length * 4, statusAt: (i) => (i < bits.length * 4 ? statusAt(bits, i) : undefined) };
}

/** Opens the receipt of a verification, made by the node of a region. */
export function openReceipt(document, trust, region, now) {
  const { content, key } = openSign1(document, 'CP1-RCPT', (kid) => keysOf(trust, region, 'receipt', kid, now));
  const receipt = fields(content);
  const time = receipt('time', isCount);
  need(maySignAt(key, Math.floor(time / 1000)), 'a receipt of a time when its key did not sign');
  return {
    verificationId: receipt('verification_id', isText), time, verifier: receipt('verifier', isText), terminal: receipt('terminal', isText),
    verdict: receipt('verdict', isCount), trustVersion: receipt('trust_version', isCount), disclosed: receipt('disclosed', Array.isArray),
    issuer: receipt.maybe('iss'), list: receipt.maybe('list'), index: receipt.maybe('index'), scenario: receipt.maybe('scenario'),
    matter: receipt.maybe('matter'), asOf: receipt.maybe('as_of'), reason: receipt.maybe('reason'),
  };
}

function keysOf(trust, region, use, kid, now) {
  return findKeys(trust, region, use, kid).filter((key) => mayVerifyAt(key, now));
}

const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isText = (value) => typeof value === 'string' && value.length > 0;
const isBytes = (length) => (value) => value instanceof Uint8Array && (length === undefined || value.length === length);

/** Reads fields of a map that must be there. */
function fields(map) {
  need(map instanceof Map, 'not a map');
  const read = (name, check = () => true) => {
    need(map.has(name), `'${name}' is missing`);
    need(check(map.get(name)), `'${name}' is not what it should be`);
    return map.get(name);
  };
  read.maybe = (name) => map.get(name);
  return read;
}
