// How long a code is stands near its beginning (docs/payload.md), so half a scan is known for what it is. Nothing more of a code is read here: the node judges it.

const prefix = "CP1";
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Every code goes on like this: tag 18, array of four. */
const always = "2KCE";

/** Of a code beside its payload and the names of its key: tag, array, empty map, three heads of byte strings, signature. */
const fixedBytes = 72;

/** Whether a text breaks off in the middle of a code. */
export function isBeginningOfCode(text: string): boolean {
  const upper = text.trim().toUpperCase();
  const at = upper.lastIndexOf(prefix);
  const body = upper.slice(at + prefix.length);
  if (at < 0 || !always.startsWith(body.slice(0, always.length))) {
    return false;
  }
  const length = lengthOf(body);
  return length === undefined || body.length < length;
}

/** Characters after the prefix; undefined while the text does not say yet. */
function lengthOf(body: string): number | undefined {
  // The third byte begins the protected header, whose length it names; the payload's length stands behind that, an empty map and 58.
  const header = byteAt(body, 2);
  const payload = header === undefined ? undefined : byteAt(body, (header & 0x1f) + 5);
  return payload === undefined ? undefined : Math.ceil(((fixedBytes + (header! & 0x1f) + payload) * 8) / 5);
}

function byteAt(body: string, index: number): number | undefined {
  const first = Math.floor((index * 8) / 5);
  const digits = [...body.slice(first, first + 3)].map((character) => alphabet.indexOf(character));
  const shift = 15 - 8 - ((index * 8) % 5);
  // Eight bits lie in two or three characters of five.
  const needed = (index * 8) % 5 > 2 ? 3 : 2;
  if (digits.length < needed || digits.slice(0, needed).some((digit) => digit < 0)) {
    return undefined;
  }
  return (((digits[0]! << 10) | (digits[1]! << 5) | ((digits[2] ?? 0) & 31)) >> shift) & 0xff;
}
