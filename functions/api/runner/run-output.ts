import type { Run } from '../../core/domain/run.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { OutputStream } from '../../core/store/keys.ts';
import { getLiveOutput } from '../../core/store/live-output.ts';
import { getOutput } from '../../core/store/output.ts';
import type { OutputPosition } from './output-position.ts';

/** The stored output of the last attempt, from a position on. */
export interface RunOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** The position at which the output starts; `null` if it is the start. */
  readonly after: OutputPosition | null;
  /** The position after the output. */
  readonly next: OutputPosition;
}

/**
 * Reads the output of the last attempt, or its output so far.
 *
 * @param after the position to start at; ignored if it refers to another attempt
 */
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

/** The run's row holds no output until the attempt ends. */
const isInProgress = ({ state, flow }: Run): boolean => (state === 'running' || state === 'stopping') && flow === null;
