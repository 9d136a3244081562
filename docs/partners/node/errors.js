// Why no decision was reached. A refused code is not an error: it is an answer with a verdict.
import grpc from '@grpc/grpc-js';
import { decode } from './protos.js';

/** A node reached no decision, or could not be asked. Never to be read as a refusal of the code. */
export class NodeError extends Error {
  /**
   * @param {number} code the gRPC status
   * @param {string} message what is wrong and what to do
   * @param {object} [details]
   * @param {{field: string, description: string}[]} [details.fields] the fields at fault
   * @param {string} [details.reason] the cause, named for programs
   * @param {number} [details.retryAfterMs] when to try again
   * @param {Record<string, string>} [details.texts] the message by language, such as zh-CN
   * @param {string} [details.nodeRequestId] names the call in the node's log, when the node made a mistake
   * @param {string[]} [details.other] kinds of details that say something else
   */
  constructor(code, message, { fields = [], reason, retryAfterMs, texts = {}, nodeRequestId, other = [] } = {}) {
    super(message);
    this.code = code;
    this.status = grpc.status[code] ?? 'UNKNOWN';
    this.fields = fields;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
    this.texts = texts;
    this.nodeRequestId = nodeRequestId;
    this.other = other;
  }

  /** Whether the same request may succeed later: the node is away, or said when to come again. */
  get mayRetry() {
    return this.code === grpc.status.UNAVAILABLE || (this.code === grpc.status.RESOURCE_EXHAUSTED && this.retryAfterMs !== undefined);
  }

  /** As one line of this program's output. */
  toJSON() {
    const { status: code, message, fields, reason, retryAfterMs, texts, nodeRequestId } = this;
    return { code, message, fields, reason, retryAfterMs, texts, nodeRequestId };
  }

  /**
   * Reads the error of a call, with its google.rpc details.
   * @param {import('@grpc/grpc-js').ServiceError | Error} error
   */
  static from(error) {
    if (error instanceof NodeError) {
      return error;
    }
    if (!Number.isInteger(error.code)) {
      return new NodeError(grpc.status.INTERNAL, error.message);
    }
    const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
    return new NodeError(error.code, error.details ?? error.message, bytes ? readDetails(bytes) : {});
  }
}

/**
 * Reads google.rpc.Status, the content of the trailer grpc-status-details-bin.
 * @param {Buffer} bytes
 */
export function readDetails(bytes) {
  const found = { fields: [], texts: {}, other: [] };
  for (const { type_url: url, value } of decode('google.rpc.Status', bytes).details) {
    const name = url.slice(url.lastIndexOf('/') + 1);
    const detail = decode(name, Buffer.from(value, 'base64'));
    switch (name) {
      case 'google.rpc.BadRequest':
        found.fields.push(...detail.fieldViolations.map(({ field, description }) => ({ field, description })));
        break;
      case 'google.rpc.RetryInfo':
        found.retryAfterMs = Number(detail.retryDelay.seconds) * 1000 + detail.retryDelay.nanos / 1e6;
        break;
      case 'google.rpc.ErrorInfo':
        found.reason = detail.reason;
        break;
      case 'google.rpc.LocalizedMessage':
        found.texts[detail.locale] = detail.message;
        break;
      case 'google.rpc.RequestInfo':
        found.nodeRequestId = detail.requestId;
        break;
      default:
        found.other.push(name);
        break;
    }
  }
  return found;
}
