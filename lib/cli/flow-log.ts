import type { LogLineView } from '../../functions/api/pipelines/logs.ts';
import { path } from './api.ts';
import { hasEnded } from './api-types.ts';
import type { CommandContext } from './context.ts';
import { getRun } from './wait-for-run.ts';

interface FlowLogPage {
  /** Newest first; oldest first after a cursor. */
  readonly data: readonly LogLineView[];
  readonly has_more: boolean;
  /** Cursor of the next request. */
  readonly cursor: string;
}

const PAGE_SIZE = 1_000;
/** Seconds that a request waits for new lines. */
const LONG_POLL_SECONDS = 20;

type Query = Readonly<Record<string, string | number | undefined>>;

const fetchLines = ({ api }: CommandContext, runId: string, query: Query) =>
  api.get<FlowLogPage>(path`/api/v1/jobs/${runId}/logs`, { limit: PAGE_SIZE, ...query });

/** Prints the newest lines of a flow run's log. */
export async function printFlowLog(context: CommandContext, runId: string): Promise<void> {
  printLines(context, (await fetchLines(context, runId, {})).data.toReversed());
}

/** Prints a flow run's log and follows it until the run has ended. */
export async function followFlowLog(context: CommandContext, job: string, runId: string): Promise<void> {
  let page = await fetchLines(context, runId, {});
  const newest = page.data.toReversed();
  printLines(context, newest);
  // Requests repeat the lines of the last moment, because others may precede them.
  const printedIds = new Set(newest.map(({ id }) => id));
  for (let ended = false; !ended || page.has_more; ) {
    // Read before the lines, so that all lines of an ended run are visible.
    ended = hasEnded(await getRun(context.api, job, runId));
    page = await fetchLines(context, runId, { after: page.cursor, wait: ended ? undefined : LONG_POLL_SECONDS });
    printLines(
      context,
      page.data.filter(({ id }) => !printedIds.has(id)),
    );
  }
}

function printLines({ json, print }: CommandContext, lines: readonly LogLineView[]): void {
  for (const line of lines) print(json ? JSON.stringify(line) : formatLine(line));
}

function formatLine({ timestamp, level, operator_id: operator, task_index: task, message }: LogLineView): string {
  const who = operator === null ? 'run' : `${operator}/${task}`;
  return `${new Date(timestamp).toISOString()} ${level.padEnd(5)} ${who} ${message}`;
}
