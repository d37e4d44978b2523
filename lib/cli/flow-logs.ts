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
  /** Null: it was not planned yet. */
  readonly task_index: number | null;
  readonly message: string;
}

interface Page {
  /** Newest first; after a cursor oldest first. */
  readonly data: readonly Line[];
  readonly has_more: boolean;
  /** What comes after it is told from there on. */
  readonly cursor: string;
}

const PAGE = 1_000;
/** Seconds that a request waits for a line. */
const WAIT = 20;

type Query = Readonly<Record<string, string | number | undefined>>;

const linesOf = ({ api }: Context, runId: string, query: Query) =>
  api.get<Page>(path`/api/v1/jobs/${runId}/logs`, { limit: PAGE, ...query });

/** Prints the newest lines. */
export async function showFlow(context: Context, runId: string): Promise<void> {
  printLines(context, (await linesOf(context, runId, {})).data.toReversed());
}

/** Prints what there is, and then every line as it comes, until the run has ended and all is told. */
export async function followFlow(context: Context, job: string, runId: string): Promise<void> {
  let page = await linesOf(context, runId, {});
  const newest = page.data.toReversed();
  printLines(context, newest);
  // Lines of the last moment come again, for there may be others before them.
  const told = new Set(newest.map(({ id }) => id));
  for (let ended = false; !ended || page.has_more; ) {
    // Asked before the lines: what it wrote is there by then.
    ended = hasEnded(await getRun(context.api, job, runId));
    page = await linesOf(context, runId, { after: page.cursor, wait: ended ? undefined : WAIT });
    printLines(
      context,
      page.data.filter(({ id }) => !told.has(id)),
    );
  }
}

function printLines({ json, print }: Context, lines: readonly Line[]): void {
  for (const line of lines) print(json ? JSON.stringify(line) : inWords(line));
}

function inWords({ timestamp, level, operator_id: operator, task_index: task, message }: Line): string {
  const who = operator === null ? 'run' : `${operator}/${task}`;
  return `${new Date(timestamp).toISOString()} ${level.padEnd(5)} ${who} ${message}`;
}
