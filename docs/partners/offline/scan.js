// Step 1 of docs/payload.md, "Reading a scan": from what a scanner typed to the bytes of one code.
import { Refused } from './cbor.js';
import { beginning, largest, lengthOf } from './code.js';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const mostCharacters = 2048;
const everyCodeStart = '2KCE';

/**
 * Reads a scan.
 * @param {string} raw as it came
 * @returns {{ verdict: string } | { bytes: Uint8Array }}
 */
export function readScan(raw) {
  if (raw.length > mostCharacters) {
    return { verdict: 'MALFORMED' };
  }
  const clean = [...Array(raw.length).keys()].map((i) => character(raw.charCodeAt(i))).join('');
  const parts = clean.split('CP1').slice(1)
    .map((part) => /^[A-Z2-7]*/.exec(part)[0])
    .filter((part) => part.startsWith(everyCodeStart) || everyCodeStart.startsWith(part));
  const whole = [...new Set(parts)].filter((part) => !parts.some((other) => other !== part && other.startsWith(part)));
  switch (whole.length) {
    case 0:
      return { verdict: /CP[02-9]/.test(clean) ? 'UNSUPPORTED_VERSION' : 'MALFORMED' };
    case 1:
      return decodePart(whole[0]);
    default:
      return { verdict: 'MALFORMED' };
  }
}

/** Full-width becomes ASCII and a–z becomes A–Z, by number and never by Unicode's case rules; blanks and controls go. */
function character(code) {
  const c = code >= 0xff01 && code <= 0xff5e ? code - 0xfee0 : code;
  if (c <= 0x20 || (c >= 0x7f && c <= 0xa0) || [0x200b, 0x3000, 0xfeff].includes(c)) {
    return '';
  }
  return String.fromCharCode(c >= 0x61 && c <= 0x7a ? c - 0x20 : c);
}

function decodePart(part) {
  if (part.length > charactersFor(largest)) {
    return { verdict: 'MALFORMED' };
  }
  const { bytes, leftOver } = base32(part);
  const announced = lengthOf(bytes);
  if (announced === undefined || bytes.length < announced) {
    return { verdict: beginning(bytes) ? 'TRUNCATED' : 'MALFORMED' };
  }
  return bytes.length === announced && part.length === charactersFor(announced) && leftOver === 0 ? { bytes } : { verdict: 'MALFORMED' };
}

function charactersFor(bytes) {
  return Math.ceil((bytes * 8) / 5);
}

/** RFC 4648 §6 without padding: whole bytes, and the bits left over of the last character. */
export function base32(characters) {
  const bytes = [];
  let [bits, count] = [0, 0];
  for (const c of characters) {
    const value = alphabet.indexOf(c);
    if (value < 0) {
      throw new Refused('a character outside the alphabet');
    }
    bits = (bits << 5) | value;
    count += 5;
    if (count >= 8) {
      count -= 8;
      bytes.push(bits >> count);
      bits &= (1 << count) - 1;
    }
  }
  return { bytes: Uint8Array.from(bytes), leftOver: bits };
}
