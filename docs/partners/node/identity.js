// Who calls, and whom to believe: mutual TLS with the names that CrossProvince puts into certificates.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkServerIdentity } from 'node:tls';
import grpc from '@grpc/grpc-js';

const name = /^urn:crossprovince:(\d{6}):(node|verifier|authority):([0-9A-Z]{1,64})$/;

/**
 * Mutual TLS with the files cert.pem, key.pem and ca.pem of a folder.
 *
 * The node's certificate must chain to ca.pem and name the host that is dialled, as ever, and besides carry the one name
 * urn:crossprovince:REGION:node:ORGANISATION of the region that is expected: any partner of the federation has a
 * certificate, and only a node's may answer as one.
 * @param {string} folder
 * @param {string} region six digits
 * @param {(problem: string) => void} refused told why a node's certificate was refused
 */
export function credentials(folder, region, refused) {
  const read = (file) => readFileSync(join(folder, file));
  return grpc.credentials.createSsl(read('ca.pem'), read('key.pem'), read('cert.pem'), {
    checkServerIdentity(host, certificate) {
      const problem = checkServerIdentity(host, certificate)?.message ?? nodeProblem(certificate.subjectaltname ?? '', region);
      if (problem) {
        refused(problem);
        return new Error(problem);
      }
    },
  });
}

/**
 * What is wrong with the names of a node's certificate.
 * @param {string} names the certificate's alternative names, as Node.js writes them: "URI:urn:…, DNS:localhost"
 * @param {string} region six digits
 * @returns {string | undefined}
 */
export function nodeProblem(names, region) {
  const own = names.split(', ').filter((n) => n.startsWith('URI:urn:crossprovince:')).map((n) => n.slice('URI:'.length));
  const [, itsRegion, role] = own.length === 1 ? name.exec(own[0]) ?? [] : [];
  if (!itsRegion) {
    return 'its certificate does not carry exactly one name urn:crossprovince:REGION:ROLE:ORGANISATION';
  }
  if (role !== 'node') {
    return `its certificate is not a node's (${own[0]})`;
  }
  return itsRegion === region ? undefined : `it is the node of ${itsRegion}, not of ${region}`;
}
