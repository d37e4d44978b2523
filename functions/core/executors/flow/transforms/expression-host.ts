/**
 * Entry of the process that evaluates a flow's expressions (`expression-host.mjs` in the worker's bundle). It answers
 * requests strictly one after the other, so the parent knows which one is being evaluated.
 */
import { setImmediate } from 'node:timers/promises';
import type { Json } from '../../../domain/json.ts';
import { serveRequests } from '../../process/serve-requests.ts';
import { compileProgram, type EvaluateRecord, formatEvaluationError } from './compile-program.ts';
import type { EvaluationResponse, EvaluationSetup } from './protocol.ts';

let programs: readonly EvaluateRecord[] | undefined;
let turn = Promise.resolve();

serveRequests((request) => {
  turn = turn.then(() => respond(request));
});

async function respond(request: unknown): Promise<void> {
  let text: string;
  try {
    text = programs ? await evaluate(programs, request as [number, Json]) : compilePrograms(request as EvaluationSetup);
  } catch (error) {
    // JSONata evaluates the fields of an object concurrently. After one fails, the others must end first.
    await setImmediate();
    text = JSON.stringify({ error: formatEvaluationError(error) } satisfies EvaluationResponse);
  }
  process.stdout.write(`${text}\n`);
}

function compilePrograms({ programs: given, payload }: EvaluationSetup): string {
  programs = given.map((program) => compileProgram(program, payload));
  return JSON.stringify({ values: [], bytes: 0 } satisfies EvaluationResponse);
}

async function evaluate(all: readonly EvaluateRecord[], [program, record]: [number, Json]): Promise<string> {
  const { texts, bytes } = await (all[program] as EvaluateRecord)(record);
  return `{"values":[${texts.join(',')}],"bytes":${bytes}}`;
}
