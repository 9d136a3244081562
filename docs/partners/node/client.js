// Verifies presentation codes at one node: one, many in one call, or a stream of them.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import grpc from '@grpc/grpc-js';
import { NodeError } from './errors.js';
import { credentials } from './identity.js';
import { VerificationService } from './protos.js';

const mostRetries = 5;
const mostBackoffMs = 2_000;

/** Most codes of one batch. */
export const largestBatch = 1_000;

/** Verifies codes for one terminal; one client serves any number of calls at once. */
export class VerifyingClient {
  #stub;
  #terminalId;
  #deadlineMs;
  #window;
  #certificateProblem;

  /**
   * @param {object} settings
   * @param {string} settings.node such as https://node.example:7443
   * @param {string} settings.region the region whose node must answer, six digits
   * @param {string} settings.identity folder with cert.pem, key.pem and ca.pem
   * @param {string} settings.terminalId who scans, 1 to 64 characters; the same showing may be scanned again by it alone
   * @param {number} [settings.deadlineMs] how long a call may take, its repetitions included
   * @param {number} [settings.window] most requests of a stream that wait for their answers
   */
  constructor({ node, region, identity, terminalId, deadlineMs = 10_000, window = 100 }) {
    const url = new URL(node);
    if (url.protocol !== 'https:') {
      throw new TypeError(`${node} is not an https address.`);
    }
    this.#stub = new VerificationService(url.port ? url.host : `${url.host}:443`, credentials(identity, region, (problem) => (this.#certificateProblem = problem)), {
      // Repetitions are made here, where RetryInfo is read.
      'grpc.enable_retries': 0,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': mostBackoffMs,
      // A dead connection is noticed without waiting for a deadline.
      'grpc.keepalive_time_ms': 30_000,
      'grpc.keepalive_timeout_ms': 10_000,
      'grpc.max_receive_message_length': 16 * 1024 * 1024,
    });
    this.#terminalId = terminalId;
    this.#deadlineMs = deadlineMs;
    this.#window = window;
  }

  /**
   * Verifies one code.
   * @param {string} code the scanned text, as it was scanned
   * @param {object} [purpose] scenario, matterCode, caseNumber, wantReceipt, requestId
   * @returns {Promise<object>} the Verification; accepted only if its verdict is VERDICT_VALID
   * @throws {NodeError} no decision was reached
   */
  async verify(code, purpose) {
    const request = this.#request(code, purpose);
    return readable((await this.#repeat((options) => this.#call('verify', request, options))).verification);
  }

  /**
   * Verifies up to 1,000 codes in one call.
   * @param {string[]} codes
   * @param {object} [purpose]
   * @returns {Promise<{requestId: string, verification?: object, error?: NodeError}[]>} one outcome a code, in order
   * @throws {NodeError} no decision was reached for any of them
   */
  async verifyAll(codes, purpose) {
    const requests = codes.map((code) => this.#request(code, purpose));
    const { results } = await this.#repeat((options) => this.#call('verifyBatch', { requests }, options));
    if (results.length !== requests.length) {
      throw new NodeError(grpc.status.INTERNAL, `The node gave ${results.length} results for ${requests.length} requests.`);
    }
    return results.map((result, i) => ({ requestId: requests[i].requestId, ...outcome(result) }));
  }

  /**
   * Verifies codes as they come. Outcomes come as they are reached and name the position of their code, from 0.
   *
   * At most `window` codes are under way: a slow node slows the reading of `codes`, and a slow reader of outcomes slows
   * the node. When the stream breaks, codes without an outcome are sent again on a new one under their request_id, so
   * that none is verified twice.
   * @param {Iterable<string> | AsyncIterable<string>} codes
   * @param {object} [purpose]
   * @returns {AsyncGenerator<{position: number, requestId: string, verification?: object, error?: NodeError}>}
   * @throws {NodeError} the stream ended for good; codes without an outcome have none
   */
  async *verifyStream(codes, purpose) {
    const source = (codes[Symbol.asyncIterator] ?? codes[Symbol.iterator]).call(codes);
    const state = { source, next: undefined, ended: false, taken: 0, unanswered: new Map(), request: (code) => this.#request(code, purpose) };
    let retries = 0;
    try {
      while (!state.ended || state.unanswered.size > 0) {
        try {
          for await (const outcome of this.#stream(state)) {
            retries = 0;
            yield outcome;
          }
          if (!state.ended || state.unanswered.size > 0) {
            throw new NodeError(grpc.status.UNAVAILABLE, 'The node ended the stream before it was done.');
          }
        } catch (e) {
          const error = this.#explain(e);
          if (!error.mayRetry || ++retries > mostRetries) {
            throw error;
          }
          await sleep(error.retryAfterMs ?? backoff(retries));
        }
      }
    } finally {
      // Not awaited: a source that waits for a scanner would hold the outcome back until the next scan.
      Promise.resolve(source.return?.()).catch(() => {});
    }
  }

  /** Closes the connection. */
  close() {
    this.#stub.close();
  }

  /** One stream: sends again what has no outcome yet, then new codes. */
  async *#stream(state) {
    const call = this.#stub.verifyStream();
    call.on('error', () => {}); // Read where the answers are read.
    const sent = [];
    const room = signal();
    const closing = signal();
    let [open, waiting, late, sourceError] = [true, true, false, undefined];
    const patience = setInterval(() => {
      late = waiting && state.unanswered.size > 0;
      if (late) {
        call.cancel();
      }
    }, this.#deadlineMs);

    const write = async (entry) => {
      sent.push(entry);
      if (!call.write({ request: entry.request })) {
        await Promise.race([new Promise((resolve) => call.once('drain', resolve)), closing.given]);
      }
    };
    const feed = async () => {
      for (const entry of [...state.unanswered.values()]) {
        await write(entry);
      }
      while (open && !state.ended) {
        if (state.unanswered.size >= this.#window) {
          await Promise.race([room.given, closing.given]);
          continue;
        }
        // A code that is asked for when the stream breaks belongs to the next stream.
        state.next ??= Promise.resolve(state.source.next());
        const next = await Promise.race([state.next, closing.given]);
        if (!next) {
          return;
        }
        state.next = undefined;
        if (next.done) {
          state.ended = true;
        } else {
          const entry = { position: state.taken++, request: state.request(next.value) };
          if (state.unanswered.size === 0) {
            patience.refresh();
          }
          state.unanswered.set(entry.position, entry);
          if (open) {
            await write(entry);
          }
        }
      }
      call.end();
    };
    const feeding = feed().catch((e) => {
      sourceError = e;
      call.cancel();
    });

    try {
      for await (const { position, requestId, result } of call) {
        const entry = sent[Number(position)];
        if (entry?.request.requestId !== requestId || !state.unanswered.delete(entry.position)) {
          throw new NodeError(grpc.status.INTERNAL, 'The node answered a request that it was not asked, or twice.');
        }
        room.give();
        waiting = false;
        yield { position: entry.position, requestId, ...outcome(result) };
        waiting = true;
        patience.refresh();
      }
    } catch (e) {
      throw sourceError ?? (late ? new NodeError(grpc.status.DEADLINE_EXCEEDED, `The node gave no answer for ${this.#deadlineMs} ms.`) : e);
    } finally {
      open = false;
      clearInterval(patience);
      closing.give();
      call.cancel();
      await feeding;
    }
  }

  #request(code, purpose = {}) {
    // The id lets a call be repeated: within 10 minutes the node answers a repetition from its record.
    return { requestId: randomUUID(), ...purpose, code, terminalId: this.#terminalId };
  }

  #call(method, request, options) {
    return new Promise((resolve, reject) => this.#stub[method](request, options, (error, answer) => (error ? reject(error) : resolve(answer))));
  }

  /** Calls until there is an answer, an error that stays, or no time left. */
  async #repeat(call) {
    const deadline = Date.now() + this.#deadlineMs;
    for (let retries = 1; ; retries++) {
      try {
        return await call({ deadline });
      } catch (e) {
        const error = this.#explain(e);
        const wait = error.retryAfterMs ?? backoff(retries);
        if (!error.mayRetry || retries > mostRetries || Date.now() + wait >= deadline) {
          throw error;
        }
        await sleep(wait);
      }
    }
  }

  #explain(e) {
    if (!(e instanceof NodeError) && !Number.isInteger(e.code)) {
      return e; // Not of the node: the source of codes, or a mistake of this program.
    }
    const error = NodeError.from(e);
    if (error.code === grpc.status.UNAVAILABLE && this.#certificateProblem) {
      // Asking again would not change who answers.
      return new NodeError(grpc.status.UNAUTHENTICATED, `This is not the node that was meant: ${this.#certificateProblem}.`, { reason: 'NODE_CERTIFICATE' });
    }
    return error;
  }
}

function outcome({ verification, error }) {
  return verification
    ? { verification: readable(verification) }
    : { error: new NodeError(error.code, error.message, { fields: error.field ? [{ field: error.field, description: error.message }] : [] }) };
}

/** A Verification with times as texts and without parts that are not set. */
function readable(verification) {
  const time = (t) => (t ? new Date(Number(t.seconds) * 1000 + t.nanos / 1e6).toISOString() : null);
  const whole = { ...verification, statusAsOf: time(verification.statusAsOf), verifiedAt: time(verification.verifiedAt) };
  return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== null));
}

function backoff(retries) {
  return Math.min(mostBackoffMs, 100 * 2 ** retries) * (0.5 + Math.random() / 2);
}

/** Something that is waited for, again and again. */
function signal() {
  let resolve;
  const self = {
    given: undefined,
    give() {
      resolve?.();
      self.given = new Promise((r) => (resolve = r));
    },
  };
  self.give();
  return self;
}
