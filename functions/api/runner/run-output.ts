import type { Run } from '../../core/domain/run.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { OutputStream } from '../../core/store/keys.ts';
import { getLiveOutput } from '../../core/store/live-output.ts';
import { getOutput } from '../../core/store/output.ts';

/** A place in what an attempt of a run wrote: how many characters of each stream are before it. */
export interface OutputPosition {
  readonly attempt: number;
  readonly stdout: number;
  readonly stderr: number;
}

/** Places as clients have them: for asking what came after. */
export const OUTPUT_POSITION = /^(\d{1,4})\.(\d{1,9})\.(\d{1,9})$/;

export const formatOutputPosition = ({ attempt, stdout, stderr }: OutputPosition): string =>
  `${attempt}.${stdout}.${stderr}`;

/** @param text which `OUTPUT_PLACE` matches */
export function parseOutputPosition(text: string): OutputPosition {
  const [attempt = 0, stdout = 0, stderr = 0] = text.split('.').map(Number);
  return { attempt, stdout, stderr };
}

/** What the last attempt wrote, or has written so far, as far as it is kept. */
export interface RunOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** The place that it begins after; null: it is all there is. */
  readonly after: OutputPosition | null;
  /** The place behind it. */
  readonly next: OutputPosition;
}

/** @param after only what follows this place; all, when that is in another attempt */
export async function readRunOutput(
  { db }: Pick<Platform, 'db'>,
  run: Run,
  after: OutputPosition | null,
): Promise<RunOutput> {
  const { attempt } = run;
  const from = after?.attempt === attempt ? after : null;
  const start = from ?? { attempt, stdout: 0, stderr: 0 };
  const read = (stream: OutputStream): Promise<string> => readStreamAfter(db, run, stream, start[stream]);
  const [stdout, stderr] = await Promise.all([read('stdout'), read('stderr')]);
  const next = { attempt, stdout: start.stdout + stdout.length, stderr: start.stderr + stderr.length };
  return { stdout, stderr, after: from, next };
}

async function readStreamAfter(db: Platform['db'], run: Run, stream: OutputStream, offset: number): Promise<string> {
  if (isInProgress(run)) return getLiveOutput(db, run, run.attempt, stream, offset);
  const hasParts = run[`${stream}Parts`] > 0;
  return (hasParts ? await getOutput(db, run, run.attempt, stream) : run[stream]).slice(offset);
}

/** Its row knows nothing of its output yet. */
const isInProgress = ({ state, flow }: Run): boolean => (state === 'running' || state === 'stopping') && flow === null;
