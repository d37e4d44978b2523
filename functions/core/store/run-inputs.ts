import { jsonBytes } from '../domain/json.ts';
import type { Run } from '../domain/run.ts';
import type { RunInput } from '../domain/run-input.ts';
import { DAY_MS } from '../domain/timing.ts';
import { change, type Db, get, getMany, put, remove } from './db.ts';
import { all, below, exists } from './expression.ts';
import { inputKey } from './keys.ts';
import { formatInput, parseInput, recordTtlOf, stateTtlOf } from './run-item.ts';
import { getRun } from './runs.ts';

/**
 * Maximum size of an input in the row of its run, in bytes. DynamoDB bills every update of a row by its whole size; with
 * such an input the row of a script run stays below 1 KB.
 */
export const MAX_ROW_BYTES = 256;

/** The input of a run: in its row, or in a row of its own with this size. */
export function placeInput(input: RunInput | null): Pick<Run, 'input' | 'inputBytes'> {
  const bytes = input === null ? 0 : jsonBytes(input);
  return bytes <= MAX_ROW_BYTES ? { input, inputBytes: 0 } : { input: null, inputBytes: bytes };
}

/**
 * Stores an input in a row of its own, before the row of its run. DynamoDB removes it if the run's row is never written.
 */
export async function putRunInput(db: Db, run: Run, input: RunInput): Promise<void> {
  await put(db, db.tables.records, { ...inputKey(run), json: formatInput(input), ttl: inputTtlOf(run) });
}

/** Extends the life of an input that is stored apart to that of its run. Never shortens it. */
export async function extendRunInput(db: Db, run: Run): Promise<void> {
  if (run.inputBytes === 0) return;
  const ttl = inputTtlOf(run);
  const isShorter = all(exists('pk'), /* guard: run.input.extend */ below('ttl', ttl));
  await change(db, db.tables.records, inputKey(run), { set: { ttl } }, isShorter);
}

/**
 * Removes an input that was stored for a run without a row. It would expire, but is not counted as stored until then.
 *
 * @returns `false` if the run has a row
 */
export async function removeOrphanedInput(db: Db, run: Run): Promise<boolean> {
  // guard: run.input.orphaned
  if (await getRun(db, run)) return false;
  await remove(db, db.tables.records, inputKey(run), exists('pk'));
  return true;
}

/**
 * Time for which a script or HTTP run may wait and repeat attempts so that its input exists until the end of the run's
 * retention. An extension at the end of a run would be billed by the size of the input.
 */
const MAX_DURATION_MS = 30 * DAY_MS;

const inputTtlOf = (run: Run): number =>
  run.flow
    ? stateTtlOf(run, Date.parse(run.createdAt))
    : recordTtlOf(run.purgeAt) + /* guard: run.input.duration */ MAX_DURATION_MS / 1_000;

/**
 * Returns the input of a run; null if it has none.
 *
 * @returns `undefined` if an input that is stored apart has expired
 */
export async function getRunInput(db: Db, run: Run): Promise<RunInput | null | undefined> {
  if (run.inputBytes === 0) return run.input;
  const item = await get(db, db.tables.records, inputKey(run));
  return item && parseInput(item.json as string);
}

/** Returns the inputs of runs that are stored apart, in order, eventually consistent; `undefined` for one that has expired. */
export async function getRunInputs(db: Db, runs: readonly Run[]): Promise<(RunInput | undefined)[]> {
  const keys = runs.map((run) => ({ table: db.tables.records, key: inputKey(run) }));
  const items = await getMany(db, keys, { consistent: false });
  return items.map((item) => item && parseInput(item.json as string));
}
