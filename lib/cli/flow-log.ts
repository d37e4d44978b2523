import { path } from './api.ts';
import { hasEnded } from './api-types.ts';
import type { CommandContext } from './command.ts';
import { getRun } from './wait-for-run.ts';

/** A line of a flow run's log, as the pipelines surface has it. */
interface FlowLogLine {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly level: string;
  readonly operator_id: string | null;
  /** Null: it was not planned yet. */
  readonly task_index: number | null;
  readonly message: string;
}

interface FlowLogPage {
  /** Newest first; after a cursor oldest first. */
  readonly data: readonly FlowLogLine[];
  readonly has_more: boolean;
  /** What comes after it is told from there on. */
  readonly cursor: string;
}

const PAGE_SIZE = 1_000;
/** Seconds that a request waits for a line. */
const LONG_POLL_SECONDS = 20;

type Query = Readonly<Record<string, string | number | undefined>>;

const fetchLines = ({ api }: CommandContext, runId: string, query: Query) =>
  api.get<FlowLogPage>(path`/api/v1/jobs/${runId}/logs`, { limit: PAGE_SIZE, ...query });

/** Prints the newest lines. */
export async function printFlowLog(context: CommandContext, runId: string): Promise<void> {
  printLines(context, (await fetchLines(context, runId, {})).data.toReversed());
}

/** Prints what there is, and then every line as it comes, until the run has ended and all is told. */
export async function followFlowLog(context: CommandContext, job: string, runId: string): Promise<void> {
  let page = await fetchLines(context, runId, {});
  const newest = page.data.toReversed();
  printLines(context, newest);
  // Lines of the last moment come again, for there may be others before them.
  const printedIds = new Set(newest.map(({ id }) => id));
  for (let ended = false; !ended || page.has_more; ) {
    // Asked before the lines: what it wrote is there by then.
    ended = hasEnded(await getRun(context.api, job, runId));
    page = await fetchLines(context, runId, { after: page.cursor, wait: ended ? undefined : LONG_POLL_SECONDS });
    printLines(
      context,
      page.data.filter(({ id }) => !printedIds.has(id)),
    );
  }
}

function printLines({ json, print }: CommandContext, lines: readonly FlowLogLine[]): void {
  for (const line of lines) print(json ? JSON.stringify(line) : formatLine(line));
}

function formatLine({ timestamp, level, operator_id: operator, task_index: task, message }: FlowLogLine): string {
  const who = operator === null ? 'run' : `${operator}/${task}`;
  return `${new Date(timestamp).toISOString()} ${level.padEnd(5)} ${who} ${message}`;
}
