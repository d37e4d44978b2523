import { path } from './api.ts';
import { getRun } from './await-end.ts';
import type { Context } from './command.ts';
import { hasEnded } from './wire.ts';

/** A line of a flow run's log, as the pipelines surface has it. */
interface Line {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly level: string;
  readonly operator_id: string | null;
  readonly task_index: number;
  readonly message: string;
}

interface Page {
  /** Newest first. */
  readonly data: readonly Line[];
  readonly has_more: boolean;
}

const PAGE = 1_000;
/** Seconds that a request waits for a line. */
const WAIT = 20;

const linesOf = ({ api }: Context, runId: string, query: Readonly<Record<string, number | undefined>>) =>
  api.get<Page>(path`/api/v1/jobs/${runId}/logs`, { limit: PAGE, ...query });

/** Prints the newest lines. */
export async function showFlow(context: Context, runId: string): Promise<void> {
  printLines(context, (await linesOf(context, runId, {})).data);
}

/** Prints what there is, and then every line as it comes, until the run has ended and all is told. */
export async function followFlow(context: Context, job: string, runId: string): Promise<void> {
  const newest = (await linesOf(context, runId, {})).data;
  printLines(context, newest);
  let since = newest[0]?.timestamp ?? 0;
  let told = new Set(newest.map(({ id }) => id));
  for (;;) {
    // Asked before the lines: what it wrote is there by then.
    const ended = hasEnded(await getRun(context.api, job, runId));
    const all = await linesSince(context, runId, since, ended ? undefined : WAIT);
    const lines = all.filter(({ id }) => !told.has(id));
    printLines(context, lines);
    if (ended) return;
    since = Math.max(since, ...lines.map(({ timestamp }) => timestamp));
    // Lines of the last moment come again, for there may be more of it.
    told = new Set([...told, ...lines.map(({ id }) => id)].slice(-2 * PAGE));
  }
}

/** Every line from a time on, newest first. */
async function linesSince(context: Context, runId: string, since: number, wait?: number): Promise<readonly Line[]> {
  const found = new Map<string, Line>();
  let page = await linesOf(context, runId, { since, wait });
  for (;;) {
    const before = found.size;
    for (const line of page.data) found.set(line.id, line);
    if (!page.has_more || found.size === before) return [...found.values()];
    page = await linesOf(context, runId, { since, until: page.data.at(-1)?.timestamp });
  }
}

function printLines({ json, print }: Context, newestFirst: readonly Line[]): void {
  for (const line of [...newestFirst].reverse()) print(json ? JSON.stringify(line) : told(line));
}

function told({ timestamp, level, operator_id: operator, task_index: task, message }: Line): string {
  const who = operator === null ? 'run' : `${operator}/${task}`;
  return `${new Date(timestamp).toISOString()} ${level.padEnd(5)} ${who} ${message}`;
}
