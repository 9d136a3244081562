// Deterministic CBOR (RFC 8949 §4.2), as strict as codes and signed documents demand: definite lengths, shortest numbers,
// map keys in order and each once, well-formed UTF-8, nothing behind the end. What is read is a number, BigInt, Uint8Array,
// string, array, Map, null, or { tag, value }.

/** Bytes are not deterministic CBOR, or not what was expected of them. */
export class Refused extends Error {}

export function need(holds, what) {
  if (!holds) {
    throw new Refused(what);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const deepest = 16;

/**
 * Decodes exactly one item.
 * @param {Uint8Array} bytes
 */
export function decode(bytes) {
  const reader = new Reader(bytes);
  const value = reader.item(0);
  need(reader.at === bytes.length, 'something follows the CBOR');
  return value;
}

class Reader {
  at = 0;

  constructor(bytes) {
    this.bytes = bytes;
  }

  item(depth) {
    need(depth < deepest, 'nested too deeply');
    const { major, number } = this.head();
    switch (major) {
      case 0:
        return small(number);
      case 1:
        return small(-1n - number);
      case 2:
        return this.take(number);
      case 3:
        return text(this.take(number));
      case 4:
        return Array.from({ length: this.count(number) }, () => this.item(depth + 1));
      case 5:
        return this.map(this.count(number), depth + 1);
      case 6:
        return { tag: small(number), value: this.item(depth + 1) };
      default:
        need(number === 22n, 'a simple value other than null');
        return null;
    }
  }

  map(count, depth) {
    const map = new Map();
    let before = null;
    for (let i = 0; i < count; i++) {
      const start = this.at;
      const key = this.item(depth);
      const encoded = this.bytes.subarray(start, this.at);
      need(before === null || Buffer.compare(before, encoded) < 0, 'map keys are not in order');
      map.set(key, this.item(depth));
      before = encoded;
    }
    return map;
  }

  head() {
    const [first] = this.take(1n);
    const info = first & 0x1f;
    if (info < 24) {
      return { major: first >> 5, number: BigInt(info) };
    }
    need(info <= 27, 'an indefinite length');
    const number = this.take(BigInt(1 << (info - 24))).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    need(number >= [24n, 1n << 8n, 1n << 16n, 1n << 32n][info - 24], 'a number that is not in its shortest form');
    need(first >> 5 !== 7, 'a simple value other than null');
    return { major: first >> 5, number };
  }

  take(length) {
    need(length <= BigInt(this.bytes.length - this.at), 'the CBOR is cut off');
    return this.bytes.subarray(this.at, (this.at += Number(length)));
  }

  // Each item has a byte at least: nobody makes this program reserve memory for what is not there.
  count(number) {
    need(number <= BigInt(this.bytes.length - this.at), 'the CBOR is cut off');
    return Number(number);
  }
}

function small(number) {
  return number >= Number.MIN_SAFE_INTEGER && number <= Number.MAX_SAFE_INTEGER ? Number(number) : number;
}

/** Strict UTF-8. */
export function text(bytes) {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Refused('a text that is not UTF-8');
  }
}

/**
 * Encodes numbers, Uint8Array, strings, arrays, null, and Maps whose keys are in order already.
 * @returns {Buffer}
 */
export function encode(value) {
  if (value === null) {
    return Buffer.from([0xf6]);
  }
  if (typeof value === 'number') {
    return value >= 0 ? head(0, value) : head(1, -1 - value);
  }
  if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'utf8');
    return Buffer.concat([head(3, bytes.length), bytes]);
  }
  if (value instanceof Uint8Array) {
    return Buffer.concat([head(2, value.length), value]);
  }
  if (Array.isArray(value)) {
    return Buffer.concat([head(4, value.length), ...value.map(encode)]);
  }
  return Buffer.concat([head(5, value.size), ...[...value].flat().map(encode)]);
}

function head(major, number) {
  const first = major << 5;
  if (number < 24) {
    return Buffer.from([first | number]);
  }
  if (number < 2 ** 8) {
    return Buffer.from([first | 24, number]);
  }
  const length = number < 2 ** 16 ? 2 : number < 2 ** 32 ? 4 : 8;
  const bytes = Buffer.alloc(1 + length);
  bytes[0] = first | { 2: 25, 4: 26, 8: 27 }[length];
  if (length === 8) {
    bytes.writeBigUInt64BE(BigInt(number), 1);
  } else {
    bytes.writeUIntBE(number, 1, length);
  }
  return bytes;
}
