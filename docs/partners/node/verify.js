#!/usr/bin/env node
// Verifies codes and writes one JSON object for each on standard output; everything else goes to standard error.
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { largestBatch, VerifyingClient } from './client.js';
import { NodeError } from './errors.js';

const usage = `node verify.js --node URL --region REGION --identity FOLDER --terminal ID [CODE…]

Codes come as arguments, or one a line on standard input.

  --node URL          the node, such as https://node.example:7443
  --region REGION     the region whose node must answer, six digits
  --identity FOLDER   folder with cert.pem, key.pem and ca.pem
  --terminal ID       the terminal that scans
  --mode MODE         single (default), batch or stream
  --scenario ID       what the codes are scanned for; without it, what each code says
  --matter-code CODE  --case-number NUMBER  some scenarios demand them
  --request-id ID     for one code: unique for 10 minutes; a repetition gets the recorded answer
  --deadline SECONDS  how long a call may take, default 10

Exit code: 0 all VALID, 1 a code was refused, 2 wrong usage or request, 3 no decision.`;

const exit = { valid: 0, refused: 1, wrong: 2, undecided: 3 };

function readArguments() {
  const text = { type: 'string' };
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      node: text, region: text, identity: text, terminal: text, mode: { ...text, default: 'single' }, scenario: text,
      'matter-code': text, 'case-number': text, 'request-id': text, deadline: { ...text, default: '10' },
    },
  });
  const missing = ['node', 'region', 'identity', 'terminal'].find((name) => !values[name]);
  if (missing) {
    throw new TypeError(`--${missing} is missing.`);
  }
  if (!(values.mode in modes)) {
    throw new TypeError(`--mode ${values.mode} is none of ${Object.keys(modes).join(', ')}.`);
  }
  if (!(Number(values.deadline) > 0)) {
    throw new TypeError(`--deadline ${values.deadline} is not a number of seconds.`);
  }
  if (values['request-id'] && (values.mode !== 'single' || positionals.length !== 1)) {
    throw new TypeError('--request-id is for one code, given as argument.');
  }
  return { values, positionals };
}

const modes = {
  async *single(client, codes, purpose) {
    let position = 0;
    for await (const code of codes) {
      const outcome = await client.verify(code, purpose).then((verification) => ({ verification }), (error) => ({ error: NodeError.from(error) }));
      yield { position: position++, ...outcome };
    }
  },
  async *batch(client, codes, purpose) {
    let first = 0;
    for await (const part of batches(codes)) {
      const outcomes = await client.verifyAll(part, purpose);
      yield* outcomes.map((outcome, i) => ({ position: first + i, ...outcome }));
      first += part.length;
    }
  },
  stream: (client, codes, purpose) => client.verifyStream(codes, purpose),
};

async function* batches(codes) {
  let part = [];
  for await (const code of codes) {
    part.push(code);
    if (part.length === largestBatch) {
      yield part;
      part = [];
    }
  }
  if (part.length > 0) {
    yield part;
  }
}

async function* lines(input) {
  for await (const line of createInterface({ input })) {
    if (line.trim()) {
      yield line;
    }
  }
}

// A verdict that this program does not know yet is no VALID either: only one verdict accepts.
function judge({ verification, error }) {
  if (error) {
    return error.status === 'INVALID_ARGUMENT' ? exit.wrong : exit.undecided;
  }
  return { VERDICT_VALID: exit.valid, VERDICT_UNDETERMINED: exit.undecided }[verification.verdict] ?? exit.refused;
}

async function run() {
  const { values, positionals } = readArguments();
  const purpose = {
    scenario: values.scenario, matterCode: values['matter-code'], caseNumber: values['case-number'],
    ...(values['request-id'] && { requestId: values['request-id'] }),
  };
  const client = new VerifyingClient({
    node: values.node, region: values.region, identity: values.identity, terminalId: values.terminal, deadlineMs: Number(values.deadline) * 1000,
  });
  const exits = new Set();
  try {
    for await (const outcome of modes[values.mode](client, positionals.length > 0 ? positionals : lines(process.stdin), purpose)) {
      exits.add(judge(outcome));
      console.log(JSON.stringify(outcome));
    }
  } catch (e) {
    const error = NodeError.from(e);
    exits.add(judge({ error }));
    console.log(JSON.stringify({ error }));
  } finally {
    client.close();
    process.stdin.destroy();
  }
  return [exit.wrong, exit.refused, exit.undecided].find((code) => exits.has(code)) ?? exit.valid;
}

try {
  process.exitCode = await run();
} catch (e) {
  console.error(`${e.message}\n\n${usage}`);
  process.exitCode = exit.wrong;
}
