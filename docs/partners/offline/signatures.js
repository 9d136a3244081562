// Signatures and hashes: SM3 and ECDSA P-256 are Node's own. Node's SM2 can't be told the identity that goes into the hash, so the
// curve comes from @noble/curves, and the equation of GB/T 32918.2 §7.1 stands here.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { Refused, need } from './cbor.js';

const hex = (digits) => BigInt(`0x${digits}`);
const sm2 = {
  p: hex('FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF'),
  a: hex('FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC'),
  b: hex('28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93'),
  n: hex('FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123'),
  h: 1n,
  Gx: hex('32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7'),
  Gy: hex('BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0'),
};
const p256Order = hex('FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551');
const Point = weierstrass(sm2);
const identity = Buffer.from('1234567812345678');

// The only two forms of a SubjectPublicKeyInfo: named curve, uncompressed point.
const spkiStart = {
  SM2: '3059301306072a8648ce3d020106082a811ccf5501822d03420004',
  ESP256: '3059301306072a8648ce3d020106082a8648ce3d03010703420004',
};

export const sm3 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sm3')).digest();

/**
 * Reads a public key, which must be a point of its curve.
 * @param {Uint8Array} spki DER
 */
export function readKey(spki) {
  const bytes = Buffer.from(spki);
  const kid = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
  const algorithm = Object.keys(spkiStart).find((name) => bytes.toString('hex').startsWith(spkiStart[name]) && bytes.length === 91);
  need(algorithm, 'not the SubjectPublicKeyInfo of a key of SM2 or P-256');
  try {
    if (algorithm === 'ESP256') {
      const key = createPublicKey({ key: bytes, format: 'der', type: 'spki' });
      return { algorithm, kid, spki: bytes, verify: (message, signature) => verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature) };
    }
    const [x, y] = [bytes.subarray(27, 59), bytes.subarray(59)];
    const point = Point.fromAffine({ x: hex(x.toString('hex')), y: hex(y.toString('hex')) });
    point.assertValidity();
    return { algorithm, kid, spki: bytes, verify: (message, signature) => verifySm2(point, hashOfIdentity(x, y), message, signature) };
  } catch (e) {
    throw new Refused(`not a point of its curve (${e.message})`);
  }
}

/**
 * Whether a key signed.
 * @param {object} key of readKey
 * @param {Uint8Array} message
 * @param {Uint8Array} signature r ‖ s, 64 bytes
 */
export function isSigned(key, message, signature) {
  const n = key.algorithm === 'SM2' ? sm2.n : p256Order;
  const [r, s] = halves(signature);
  return r > 0n && r < n && s > 0n && s < n && key.verify(message, signature);
}

/** ZA: SM3(ENTL ‖ ID ‖ a ‖ b ‖ xG ‖ yG ‖ xA ‖ yA), GB/T 32918.2 §5.5. */
function hashOfIdentity(x, y) {
  const number = (value) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
  return sm3(Buffer.from([0, 8 * identity.length]), identity, ...[sm2.a, sm2.b, sm2.Gx, sm2.Gy].map(number), x, y);
}

/** GB/T 32918.2 §7.1, B3 to B7: with t = r + s, the point s·G + t·P has x₁ with r = e + x₁ (mod n). */
function verifySm2(point, za, message, signature) {
  const [r, s] = halves(signature);
  const e = hex(sm3(za, message).toString('hex'));
  const t = (r + s) % sm2.n;
  if (t === 0n) {
    return false;
  }
  const sum = Point.BASE.multiplyUnsafe(s).add(point.multiplyUnsafe(t));
  return !sum.is0() && (e + sum.toAffine().x) % sm2.n === r;
}

function halves(signature) {
  const digits = Buffer.from(signature).toString('hex');
  return [hex(digits.slice(0, 64)), hex(digits.slice(64))];
}
