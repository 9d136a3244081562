// What the client does when a node is busy, away, slow, or not a node: played by a server of this program's own.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import { VerifyingClient } from './client.js';
import { nodeProblem } from './identity.js';
import { encode, VerificationService } from './protos.js';

const certs = fileURLToPath(new URL('../../../certs-sample/110000/', import.meta.url));
const valid = { verification: { verdict: 'VERDICT_VALID', verifiedAt: { seconds: '1785547800', nanos: 5e8 } } };
let server, port, client, calls, behave;

before(async () => {
  server = new grpc.Server();
  server.addService(VerificationService.service, {
    verify: (call, answer) => behave.verify(call, answer),
    verifyBatch: (call, answer) => behave.verifyBatch(call, answer),
    verifyStream: (call) => behave.verifyStream(call),
  });
  const [ca, key, cert] = ['ca.pem', 'key.pem', 'cert.pem'].map((file) => readFileSync(`${certs}node/${file}`));
  port = await new Promise((resolve, reject) => server.bindAsync(
    'localhost:0', grpc.ServerCredentials.createSsl(ca, [{ private_key: key, cert_chain: cert }], true), (e, p) => (e ? reject(e) : resolve(p))));
});

beforeEach(() => {
  client?.close();
  client = open();
  calls = [];
});

after(() => {
  client.close();
  server.forceShutdown();
});

function open(settings) {
  return new VerifyingClient({ node: `https://localhost:${port}`, region: '110000', identity: `${certs}verifier`, terminalId: 'T', deadlineMs: 5_000, ...settings });
}

/** An error as the node sends it. */
function failure(code, message, details) {
  const metadata = new grpc.Metadata();
  const packed = Object.entries(details).map(([name, detail]) => ({ type_url: `type.googleapis.com/${name}`, value: encode(name, detail).toString('base64') }));
  metadata.set('grpc-status-details-bin', encode('google.rpc.Status', { code, message, details: packed }));
  return { code, details: message, metadata };
}

const retryAfter = (ms) => ({ 'google.rpc.RetryInfo': { retryDelay: { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 } } });

for (const code of ['UNAVAILABLE', 'RESOURCE_EXHAUSTED']) {
  test(`verify, ${code} with RetryInfo, waits so long and repeats the same request`, async () => {
    behave = { verify: (call, answer) => calls.push([Date.now(), call.request]) < 3 ? answer(failure(grpc.status[code], 'busy', retryAfter(250))) : answer(null, valid) };

    const answer = await client.verify('CP1');

    assert.deepEqual(answer, { ...answer, verdict: 'VERDICT_VALID', verifiedAt: '2026-08-01T01:30:00.500Z' });
    assert.equal(calls.length, 3);
    assert.equal(new Set(calls.map(([, request]) => request.requestId)).size, 1);
    assert.ok(calls[1][0] - calls[0][0] >= 240 && calls[2][0] - calls[1][0] >= 240);
  });
}

test('verify, RESOURCE_EXHAUSTED without RetryInfo, is not repeated', async () => {
  behave = { verify: (call, answer) => calls.push(call) && answer({ code: grpc.status.RESOURCE_EXHAUSTED, details: 'too much' }) };

  await assert.rejects(client.verify('CP1'), { status: 'RESOURCE_EXHAUSTED', message: 'too much', retryAfterMs: undefined });
  assert.equal(calls.length, 1);
});

test('verify, RetryInfo beyond the deadline, ends at once', async () => {
  behave = { verify: (call, answer) => calls.push(call) && answer(failure(grpc.status.UNAVAILABLE, 'away', retryAfter(60_000))) };

  await assert.rejects(client.verify('CP1'), { status: 'UNAVAILABLE', retryAfterMs: 60_000 });
  assert.equal(calls.length, 1);
});

test('verify, no answer, ends at the deadline', async () => {
  client.close();
  client = open({ deadlineMs: 300 });
  behave = { verify: () => {} };

  await assert.rejects(client.verify('CP1'), { status: 'DEADLINE_EXCEEDED' });
});

test('verify, wrong fields, names all of them and keeps details that it does not know', async () => {
  behave = {
    verify: (_, answer) => answer(failure(grpc.status.INVALID_ARGUMENT, 'scenario is wrong', {
      'google.rpc.BadRequest': { fieldViolations: [{ field: 'scenario', description: 'is unknown' }, { field: 'code', description: 'is empty' }] },
      'google.rpc.ErrorInfo': { reason: 'BAD', domain: 'crossprovince' },
      'google.rpc.LocalizedMessage': { locale: 'zh-CN', message: '场景不对' },
      'google.rpc.RequestInfo': { requestId: 'r' },
      'google.rpc.QuotaFailure': {},
    })),
  };

  await assert.rejects(client.verify(''), {
    status: 'INVALID_ARGUMENT', reason: 'BAD', texts: { 'zh-CN': '场景不对' }, nodeRequestId: 'r', other: ['google.rpc.QuotaFailure'],
    fields: [{ field: 'scenario', description: 'is unknown' }, { field: 'code', description: 'is empty' }],
  });
});

test('verify, node of another region, is refused and not asked', async () => {
  client.close();
  client = open({ region: '120000' });
  behave = { verify: (call, answer) => calls.push(call) && answer(null, valid) };

  await assert.rejects(client.verify('CP1'), { reason: 'NODE_CERTIFICATE', message: /node of 110000, not of 120000/ });
  assert.equal(calls.length, 0);
});

for (const [names, problem] of [
  ['URI:urn:crossprovince:110000:node:A, DNS:localhost', undefined],
  ['URI:urn:crossprovince:110000:verifier:A', /not a node's/],
  ['URI:urn:crossprovince:110000:node:A, URI:urn:crossprovince:110000:node:B', /exactly one/],
  ['URI:urn:crossprovince:110000:node:A:B', /exactly one/],
  ['"URI:urn:crossprovince:110000:node:A, DNS:x"', /exactly one/],
  ['DNS:localhost', /exactly one/],
  ['', /exactly one/],
]) {
  test(`nodeProblem, ${names || 'no names'}`, () => (problem ? assert.match(nodeProblem(names, '110000'), problem) : assert.equal(nodeProblem(names, '110000'), undefined)));
}

test('verifyAll, fewer results than requests, is an error', async () => {
  behave = { verifyBatch: (_, answer) => answer(null, { results: [valid] }) };

  await assert.rejects(client.verifyAll(['a', 'b']), { status: 'INTERNAL' });
});

test('verifyStream, answers overtake one another, each finds its code', async () => {
  behave = {
    verifyStream(call) {
      const held = [];
      call.on('data', ({ request }) => held.push(request));
      call.on('end', () => {
        held.forEach((_, i, { length }) => {
          const position = length - 1 - i;
          call.write({ position, requestId: held[position].requestId, result: { verification: { verdict: 'VERDICT_VALID', verificationId: held[position].code } } });
        });
        call.end();
      });
    },
  };

  const outcomes = await collect(client.verifyStream(['a', 'b', 'c']));

  assert.deepEqual(outcomes.map(({ position, verification }) => [position, verification.verificationId]), [[2, 'c'], [1, 'b'], [0, 'a']]);
});

test('verifyStream, broken half-way, sends the rest again under the same ids', async () => {
  const answered = new Map();
  behave = {
    verifyStream(call) {
      const stream = calls.push(call);
      let position = 0;
      call.on('data', ({ request }) => {
        if (stream < 3 && position === 4) {
          call.emit('error', failure(grpc.status.UNAVAILABLE, 'away', retryAfter(50)));
        } else if (position < 4 || stream === 3) {
          answered.set(request.requestId, (answered.get(request.requestId) ?? 0) + 1);
          call.write({ position, requestId: request.requestId, result: valid });
        }
        position++;
      });
      call.on('end', () => call.end());
    },
  };

  const outcomes = await collect(client.verifyStream(Array.from({ length: 20 }, (_, i) => `code ${i}`)));

  assert.deepEqual(outcomes.map((o) => o.position).sort((a, b) => a - b), Array.from({ length: 20 }, (_, i) => i));
  assert.equal(calls.length, 3);
  assert.equal(answered.size, 20, 'No code went under two ids.');
});

test('verifyStream, ended too early again and again, gives up', { timeout: 30_000 }, async () => {
  behave = { verifyStream: (call) => calls.push(call) && call.end() };

  await assert.rejects(collect(client.verifyStream(['a'])), { status: 'UNAVAILABLE' });
  assert.equal(calls.length, 6);
});

test('verifyStream, answer to nothing that was asked, is an error', async () => {
  behave = { verifyStream: (call) => call.write({ position: 7, requestId: 'x', result: valid }) };

  await assert.rejects(collect(client.verifyStream(['a'])), { status: 'INTERNAL' });
});

test('verifyStream, no answer, ends at the deadline', async () => {
  client.close();
  client = open({ deadlineMs: 300 });
  behave = { verifyStream: (call) => call.resume() };

  await assert.rejects(collect(client.verifyStream(['a'])), { status: 'DEADLINE_EXCEEDED' });
});

test('verifyStream, node that does not answer, is not fed beyond the window', async () => {
  client.close();
  client = open({ deadlineMs: 500, window: 10 });
  behave = { verifyStream: (call) => call.on('data', ({ request }) => calls.push(request)) };
  let taken = 0;
  const codes = (function* () {
    while (true) {
      yield `code ${taken++}`;
    }
  })();

  await assert.rejects(collect(client.verifyStream(codes)), { status: 'DEADLINE_EXCEEDED' });
  assert.equal(taken, 10);
  assert.equal(calls.length, 10);
});

test('verifyStream, source that fails, ends with its error', async () => {
  behave = { verifyStream: (call) => call.resume() };
  const codes = (function* () {
    yield 'a';
    throw new RangeError('scanner is broken');
  })();

  await assert.rejects(collect(client.verifyStream(codes)), RangeError);
});

async function collect(outcomes) {
  const all = [];
  for await (const outcome of outcomes) {
    all.push(outcome);
  }
  return all;
}
