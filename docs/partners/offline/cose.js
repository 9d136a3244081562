// Signed documents: COSE_Sign1 and COSE_Sign (RFC 9052) in the narrow form of docs/signed-documents.md.
import { decode, encode, need } from './cbor.js';
import { isSigned } from './signatures.js';

const algorithms = { '-65537': 'SM2', '-9': 'ESP256' };

/**
 * Opens a document with one signature.
 * @param {Uint8Array} document
 * @param {string} externalAad what kind of document it must be
 * @param {(kid: string) => object[]} keysFor the keys of readKey that the id may mean, good now
 * @param {Map} [more] what the protected header must hold besides algorithm and key id
 * @returns {{ content: any, key: object }}
 */
export function openSign1(document, externalAad, keysFor, more = new Map()) {
  const [header, payload, signature] = parts(decode(document), 18);
  const { algorithm, kid } = readHeader(header, more);
  need(signature.length === 64, 'a signature that has not 64 bytes');
  const signed = encode(['Signature1', header, Buffer.from(externalAad), payload]);
  const key = keysFor(kid).find((candidate) => candidate.key.algorithm === algorithm && isSigned(candidate.key, signed, signature));
  need(key, 'no key that is good for it has signed');
  return { content: decode(payload), key };
}

/**
 * Opens a document with several signatures.
 * @param {object[]} keys the keys of readKey that may sign
 * @param {number} threshold how many different ones must have
 */
export function openSign(document, externalAad, keys, threshold) {
  const [header, payload, signatures] = parts(decode(document), 98);
  need(header.length === 0 && Array.isArray(signatures), 'not a COSE_Sign');
  const good = new Set();
  for (const item of signatures) {
    need(Array.isArray(item) && item.length === 3 && item[1] instanceof Map && item[1].size === 0, 'not a COSE_Signature');
    const { algorithm, kid } = readHeader(item[0]);
    const signed = encode(['Signature', new Uint8Array(0), item[0], Buffer.from(externalAad), payload]);
    good.add(keys.find((key) => key.kid === kid && key.algorithm === algorithm && isSigned(key, signed, item[2])));
  }
  good.delete(undefined);
  need(good.size >= threshold, `signed by ${good.size} of the keys, not by ${threshold}`);
  return decode(payload);
}

function parts(item, tag) {
  need(item?.tag === tag && Array.isArray(item.value) && item.value.length === 4, 'not the tagged COSE message that it should be');
  const [header, unprotected, payload, last] = item.value;
  need(header instanceof Uint8Array && payload instanceof Uint8Array && unprotected instanceof Map && unprotected.size === 0, 'not the COSE message that it should be');
  return [header, payload, last];
}

/** {1: algorithm, 4: key id} and what else must be there, nothing more. */
function readHeader(bytes, more = new Map()) {
  const header = decode(bytes);
  need(header instanceof Map && header.size === 2 + more.size, 'a protected header with more or less than it should have');
  const [algorithm, kid] = [algorithms[header.get(1)], header.get(4)];
  need(algorithm && kid instanceof Uint8Array && kid.length === 4, 'a protected header without algorithm and key id');
  need([...more].every(([key, value]) => header.get(key) === value), 'a protected header that says something else');
  return { algorithm, kid: Buffer.from(kid).toString('hex') };
}
