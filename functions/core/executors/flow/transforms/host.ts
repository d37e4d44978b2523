/**
 * The entry of the process that evaluates a flow's expressions (`expression-host.mjs` in the worker's bundle). It answers
 * one request after the other, each before it looks at the next: so whoever waits for it knows what it is at.
 */
import { setImmediate } from 'node:timers/promises';
import { parseExactly } from '../../../domain/exact-json.ts';
import type { Json } from '../../../domain/json.ts';
import { readMessages } from '../../script/protocol.ts';
import { compile, type Evaluate, faultOf } from './evaluate.ts';
import type { Answer, Program } from './protocol.ts';

let programs: readonly Evaluate[] | undefined;
let turn = Promise.resolve();

readMessages(
  process.stdin,
  (request) => {
    turn = turn.then(() => answer(request));
  },
  () => process.exit(1),
  Number.POSITIVE_INFINITY,
  parseExactly,
);
// Nobody would take the answers.
process.stdin.on('end', () => process.exit());
process.stdout.on('error', () => process.exit());
// A write is through when it returns: what is evaluated next may keep a buffer from being emptied.
(process.stdout as unknown as { _handle: { setBlocking(on: boolean): void } })._handle.setBlocking(true);

async function answer(request: unknown): Promise<void> {
  let text: string;
  try {
    text = programs ? await evaluate(programs, request as [number, Json]) : setUp(request as Program[]);
  } catch (error) {
    // JSONata evaluates the fields of an object side by side. When one fails the others go on, and have to end first.
    await setImmediate();
    text = JSON.stringify({ error: faultOf(error) } satisfies Answer);
  }
  process.stdout.write(`${text}\n`);
}

function setUp(request: readonly Program[]): string {
  programs = request.map(compile);
  return JSON.stringify({ values: [], bytes: 0 } satisfies Answer);
}

async function evaluate(all: readonly Evaluate[], [program, record]: [number, Json]): Promise<string> {
  const { texts, bytes } = await (all[program] as Evaluate)(record);
  return `{"values":[${texts.join(',')}],"bytes":${bytes}}`;
}
