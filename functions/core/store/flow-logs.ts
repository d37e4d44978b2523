import { compareLogPositions, type LogLine, type LogPosition, logPositionOf } from '../domain/flow/log-line.ts';
import type { RunRef } from '../domain/run.ts';
import { type Db, type Item, putMany, queryPages } from './db.ts';
import { all, between, type Clause, equals } from './expression.ts';
import { FLOW_LOG_PREFIX, flowLogKey, flowLogTime, LAST_CHARACTER, recordsPartition } from './keys.ts';
import { detailTtlOf, type RecordOwner } from './run-item.ts';

export async function putLogLines(db: Db, run: RecordOwner, lines: readonly LogLine[]): Promise<void> {
  const items = lines.map((line) => ({
    ...flowLogKey(run, line.time, line.task, line.line),
    ...line,
    ttl: detailTtlOf(run, line.time),
  }));
  await putMany(db, db.tables.records, items);
}

const toLine = ({ pk, sk, ttl, ...item }: Item): LogLine =>
  ({ operator: null, task: null, details: {}, ...item }) as unknown as LogLine;

/**
 * Returns the key condition for lines with times in this range (epoch milliseconds, inclusive), or `undefined` for an
 * empty range.
 */
function saidBetween(run: RunRef, since?: number, until?: number): Clause | undefined {
  const from = `${FLOW_LOG_PREFIX}${since === undefined ? '' : flowLogTime(since)}`;
  const to = `${FLOW_LOG_PREFIX}${until === undefined ? '' : flowLogTime(until)}${LAST_CHARACTER}`;
  // DynamoDB rejects a range that ends before it begins.
  return from > to ? undefined : all(equals('pk', recordsPartition(run)), between('sk', from, to));
}

export interface LogQuery {
  readonly limit: number;
  /** Epoch milliseconds, inclusive. */
  readonly since?: number;
  readonly until?: number;
  readonly matches: (line: LogLine) => boolean;
}

/** Lists the newest matching lines, newest first. */
export async function listLogLines(
  db: Db,
  run: RunRef,
  { limit, since, until, matches }: LogQuery,
): Promise<LogLine[]> {
  const key = saidBetween(run, since, until);
  if (!key) return [];
  const lines: LogLine[] = [];
  for await (const page of queryPages(db, db.tables.records, key, { newestFirst: true, consistent: true })) {
    for (const line of page.map(toLine)) {
      if (matches(line)) lines.push(line);
      if (lines.length === limit) return lines;
    }
  }
  return lines;
}

/**
 * Maximum delay between the time of a line and its storage. Readers that follow a log miss lines with a longer delay.
 */
const LATE_MS = 15_000;

export interface LogTail {
  readonly limit: number;
  readonly after: LogPosition;
  readonly through: LogPosition;
  readonly matches: (line: LogLine) => boolean;
}

/** Lists the matching lines stored between two positions, in storage order. */
export async function listLogLinesAfter(
  db: Db,
  run: RunRef,
  { limit, after, through, matches }: LogTail,
): Promise<LogLine[]> {
  const key = saidBetween(run, Math.max(0, after.written - LATE_MS), through.written);
  if (!key) return [];
  let lines: LogLine[] = [];
  for await (const page of queryPages(db, db.tables.records, key, { consistent: true })) {
    const said = page.map(toLine);
    const isBetween = (mark: LogPosition) =>
      compareLogPositions(mark, after) > 0 && compareLogPositions(mark, through) <= 0;
    lines.push(...said.filter((line) => isBetween(logPositionOf(line)) && matches(line)));
    lines = lines.sort((a, b) => compareLogPositions(logPositionOf(a), logPositionOf(b)));
    // Lines with later times were stored after the first `limit` of these.
    const [last, end] = [lines[limit - 1], said.at(-1)];
    if (last && end && end.time > logPositionOf(last).written) break;
  }
  return lines.slice(0, limit);
}
