// A copy of a region's licence index: it takes in signed changes, and is true as of the last signed head whose roots it has.
import { encode, need } from './cbor.js';
import { sm3 } from './signatures.js';

const chunkEntries = 4096;
const unallocated = { status: 3, reason: 0, tag: '0'.repeat(16) };

export class RegionIndex {
  seq = 0;
  hash = '0'.repeat(64);
  asOf = 0;
  #entries = new Map();

  constructor(region) {
    this.region = region;
  }

  /** @returns {{ status: number, reason: number, tag: string }} */
  find(list, index) {
    return this.#entries.get(list)?.get(index) ?? unallocated;
  }

  /** Applies a batch that must lead on from what is here. */
  apply(batch) {
    need(compare(batch, this) === 'next', 'a batch that does not lead on from the copy');
    for (const [seq, , list, index, status, tag, reason] of batch.records.filter(([number]) => number > this.seq)) {
      const before = this.find(list, index);
      need(before.tag === unallocated.tag || before.tag === tag, 'an entry that was given to another licence');
      need(tag !== unallocated.tag && (status === 0) === (reason === 0), 'an entry that contradicts itself');
      if (!this.#entries.has(list)) {
        this.#entries.set(list, new Map());
      }
      this.#entries.get(list).set(index, { status, reason, tag });
      this.seq = seq;
    }
    this.hash = batch.headHash;
  }

  /** Moves on to a head, whose roots must be those of the lists here. */
  follow(head) {
    need(head.seq === this.seq && head.hash === this.hash, 'a head of other changes');
    need(head.time >= this.asOf, 'a head that is older than the copy');
    need(JSON.stringify(head.lists) === JSON.stringify(this.lists()), 'a head of other lists');
    this.asOf = head.time;
  }

  /** What a head says of the lists here. */
  lists() {
    return [...this.#entries.keys()].sort((a, b) => a - b).map((list) => {
      const entries = this.#entries.get(list);
      const chunks = Math.floor(Math.max(...entries.keys()) / chunkEntries) + 1;
      const hashes = Array.from({ length: chunks }, (_, chunk) => sm3(this.#chunk(list, chunk)));
      return { list, root: sm3(...hashes).toString('hex'), allocated: entries.size };
    });
  }

  /** A chunk as docs/signed-documents.md has it; keys in deterministic order, by length and then by bytes. */
  #chunk(list, chunk) {
    const [status, tags, reasons] = [Buffer.alloc(chunkEntries / 4, 0xff), Buffer.alloc(chunkEntries * 8), new Map()];
    for (const [index, entry] of [...this.#entries.get(list)].sort(([a], [b]) => a - b)) {
      const i = index - chunk * chunkEntries;
      if (i >= 0 && i < chunkEntries) {
        status[i >> 2] = (status[i >> 2] & ~(3 << (2 * (i & 3)))) | (entry.status << (2 * (i & 3)));
        tags.write(entry.tag, i * 8, 'hex');
        if (entry.reason > 0) {
          reasons.set(i, entry.reason);
        }
      }
    }
    return encode(new Map([['list', list], ['tags', tags], ['chunk', chunk], ['status', status], ['reasons', reasons]]));
  }
}

/**
 * How a batch stands to a copy of which number and hash of the last change are known.
 * @returns {'next' | 'known' | 'gap' | 'forked'} forked: the region has signed two histories
 */
export function compare(batch, { seq, hash }) {
  const last = batch.records.at(-1)[0];
  if (last < seq) {
    return 'known';
  }
  if (batch.fromSeq > seq + 1) {
    return 'gap';
  }
  const end = batch.records.filter(([number]) => number > seq).reduce(nextHash, Buffer.from(hash, 'hex'));
  return end.toString('hex') !== batch.headHash ? 'forked' : last === seq ? 'known' : 'next';
}

/** h_n = SM3(h_(n−1) ‖ CBOR(record)). */
function nextHash(hash, [seq, time, list, index, status, tag, reason]) {
  return sm3(hash, encode([seq, time, list, index, status, Buffer.from(tag, 'hex'), reason]));
}
