import { type Cause, causeOf } from '../../domain/failure-cause.ts';
import type { Failure, Run } from '../../domain/run.ts';
import { publicRunId } from '../../domain/run-id.ts';

/** Runs that are named of each cause. */
const SAMPLES = 10;

/** Failed runs of a job that failed for the same cause. */
export interface CauseView {
  /** What `GET /failures`, `POST /failures/acknowledge` and `POST /redrive` take as `cause`. */
  readonly cause: string;
  readonly job_id: string;
  readonly kind: Failure['kind'];
  /** As the newest of them said it. */
  readonly message: string;
  readonly count: number;
  /** When the newest and the oldest of them failed. */
  readonly newest: string | null;
  readonly oldest: string | null;
  /** The newest ten. */
  readonly run_ids: readonly string[];
}

/** Groups runs by their cause. @param runs newest first; so are the causes, by their newest run */
export function causesView(runs: readonly Run[]): readonly CauseView[] {
  const groups = new Map<string, { readonly cause: Cause; readonly runs: Run[] }>();
  for (const run of runs) {
    const cause = causeOf(run);
    const group = groups.get(cause.id) ?? { cause, runs: [] };
    group.runs.push(run);
    groups.set(cause.id, group);
  }
  return [...groups.values()].map(({ cause, runs: members }) => causeView(cause, members));
}

function causeView({ id, message }: Cause, runs: readonly Run[]): CauseView {
  const times = runs.flatMap(({ finishedAt }) => finishedAt ?? []).sort();
  return {
    cause: id,
    job_id: runs[0]?.jobId ?? '',
    kind: runs[0]?.failure?.kind ?? 'error',
    message,
    count: runs.length,
    newest: times.at(-1) ?? null,
    oldest: times[0] ?? null,
    run_ids: runs.slice(0, SAMPLES).map(publicRunId),
  };
}
