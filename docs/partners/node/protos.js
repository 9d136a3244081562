// Reads the project's protos, and the few of Google that they and gRPC errors need.
import { fileURLToPath } from 'node:url';
import { dirname } from 'node:path';
import { createRequire } from 'node:module';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const own = fileURLToPath(new URL('.', import.meta.url));
const project = fileURLToPath(new URL('../../../protos/', import.meta.url));

// google/api/annotations.proto comes with the package that parses protos.
const { resolve } = createRequire(createRequire(import.meta.url).resolve('@grpc/proto-loader'));

const options = {
  keepCase: false, // licence_id is licenceId, as in ProtoJSON
  longs: String, // 64-bit integers do not fit a number
  enums: String,
  bytes: String, // Base64
  defaults: true,
  oneofs: false,
};

const definitions = loadSync(
  ['crossprovince/verification/v1/verification.proto', 'google/rpc/status.proto', 'google/rpc/error_details.proto'],
  { ...options, includeDirs: [project, own, dirname(resolve('protobufjs/package.json'))] });

/** The client class of the service, and for tests its definition. */
export const { VerificationService } = grpc.loadPackageDefinition(definitions).crossprovince.verification.v1;

/**
 * Decodes a message of google.rpc.
 * @param {string} name such as google.rpc.Status
 * @param {Buffer} bytes
 * @returns {object | undefined} undefined when this program does not know the message
 */
export function decode(name, bytes) {
  return definitions[name]?.deserialize?.(bytes);
}

/**
 * Encodes a message of google.rpc; only a server, or a test that plays one, needs it.
 * @param {string} name such as google.rpc.Status
 * @param {object} message
 */
export function encode(name, message) {
  return definitions[name].serialize(message);
}
