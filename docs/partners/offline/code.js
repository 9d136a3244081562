// Step 2 of docs/payload.md: the one shape of a code, byte by byte. A program must tell a code that is wrong from one that was
// cut short while scanning, so it reads piece by piece, a piece being a line of the page's table.
import { Refused, text } from './cbor.js';

/** Most bytes of a code. */
export const largest = 190;

const longestDisplay = 54;
const [shortestPayload, longestPayload] = [47, 105];
const earliestTime = 65_536;
const algorithms = { '4da2013a000100000444': 'SM2', '49a201280444': 'ESP256' };

/** The bytes end within a piece that was right so far. */
class CutOff extends Error {}

/**
 * Decodes one whole code.
 * @param {Uint8Array} bytes
 * @returns {object | undefined} undefined when it is none
 */
export function decodeCode(bytes) {
  const pieces = new Pieces(bytes);
  try {
    const code = pieces.code();
    return pieces.at === bytes.length ? code : undefined;
  } catch (e) {
    if (e instanceof Refused || e instanceof CutOff) {
      return undefined;
    }
    throw e;
  }
}

/** Whether the bytes are the beginning of a code. */
export function beginning(bytes) {
  try {
    new Pieces(bytes).code();
    return false;
  } catch (e) {
    if (e instanceof Refused) {
      return false;
    }
    if (e instanceof CutOff) {
      return true;
    }
    throw e;
  }
}

/** How many bytes a code says it has; undefined when it has not got as far as that. */
export function lengthOf(bytes) {
  const at = 5 + (bytes[2] & 0x1f); // D2 84, the protected header, A0 58
  return at < bytes.length ? at + 1 + bytes[at] + 2 + 64 : undefined;
}

class Pieces {
  at = 0;

  constructor(bytes) {
    this.bytes = bytes;
  }

  code() {
    this.fixed('d284');
    const { algorithm, header } = this.header();
    this.fixed('a058');
    const [payloadLength] = this.any(1);
    this.must(payloadLength >= shortestPayload && payloadLength <= longestPayload);
    const payloadStart = this.at;
    this.fixed('a50166');
    const region = this.region();
    this.fixed('04');
    const expiresAt = this.time();
    this.fixed('06');
    const issuedAt = this.time();
    this.fixed('0748');
    const showing = this.any(8);
    this.fixed('3a0001000086');
    const type = this.number(0xffff);
    const scenario = this.number(255);
    const list = this.number(65_535);
    const index = this.number(2 ** 20 - 1);
    const presenter = this.number(3);
    const displayStart = this.at;
    const display = this.display();
    this.must(this.at - displayStart <= longestDisplay && this.at === payloadStart + payloadLength);
    const payload = this.bytes.subarray(payloadStart, this.at);
    const displayBytes = this.bytes.subarray(displayStart, this.at);
    this.fixed('5840');
    const signature = this.any(64);
    return {
      algorithm, kid: Buffer.from(header.subarray(-4)).toString('hex'), header, payload, signature, displayBytes,
      says: {
        region, issuedAt, expiresAt,
        showing: Buffer.from(showing.subarray(0, 6)).toString('hex'), codeNumber: showing[6] * 256 + showing[7],
        type: type & 0x7fff, specimen: type > 0x7fff, scenario, list, index, presenter, display,
      },
    };
  }

  header() {
    const start = this.at;
    const [head] = this.any(1);
    this.at = start;
    const fixed = Object.keys(algorithms).find((header) => parseInt(header.slice(0, 2), 16) === head);
    this.must(fixed);
    this.fixed(fixed);
    this.any(4);
    return { algorithm: algorithms[fixed], header: this.bytes.subarray(start + 1, this.at) };
  }

  region() {
    let digits = '';
    for (let i = 0; i < 6; i++) {
      const [digit] = this.any(1);
      this.must(digit >= (i === 0 ? 0x31 : 0x30) && digit <= 0x39);
      digits += String.fromCharCode(digit);
    }
    return digits;
  }

  time() {
    this.fixed('1a');
    const value = Buffer.from(this.any(4)).readUInt32BE();
    this.must(value >= earliestTime);
    return value;
  }

  display() {
    this.fixed('84');
    return [this.text(), this.text(), this.orNull(() => this.number(65_535)), this.orNull(() => this.text())];
  }

  orNull(read) {
    const [next] = this.any(1);
    if (next === 0xf6) {
      return null;
    }
    this.at--;
    return read();
  }

  text() {
    const read = text(this.any(this.head(0x60, longestDisplay - 6)));
    this.must(read.normalize('NFC') === read && !read.includes('\ufffe'));
    return read;
  }

  number(max) {
    return this.head(0x00, max);
  }

  /** A major type with a number in its shortest form. */
  head(major, max) {
    const [first] = this.any(1);
    const info = first & 0x1f;
    this.must((first & 0xe0) === major && info <= 26);
    if (info < 24) {
      this.must(info <= max);
      return info;
    }
    const [length, min] = [[1, 24], [2, 2 ** 8], [4, 2 ** 16]][info - 24];
    this.must(min <= max);
    const value = Buffer.from(this.any(length)).readUIntBE(0, length);
    this.must(value >= min && value <= max);
    return value;
  }

  fixed(hex) {
    const expected = Buffer.from(hex, 'hex');
    const found = this.bytes.subarray(this.at, this.at + expected.length);
    this.must(expected.subarray(0, found.length).equals(found));
    if (found.length < expected.length) {
      throw new CutOff();
    }
    this.at += expected.length;
  }

  any(length) {
    if (this.bytes.length - this.at < length) {
      throw new CutOff();
    }
    return this.bytes.subarray(this.at, (this.at += length));
  }

  must(holds) {
    if (!holds) {
      throw new Refused('this is no code');
    }
  }
}
