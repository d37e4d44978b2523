import type { LogLine } from '../domain/flow/log-line.ts';
import type { RunRef } from '../domain/run.ts';
import { type Db, putMany, queryPages } from './db.ts';
import { all, between, equals } from './expression.ts';
import { FLOW_LOG_PREFIX, flowLogKey, flowLogTime, recordsPartition } from './keys.ts';

export async function putLogLines(db: Db, run: RunRef, lines: readonly LogLine[]): Promise<void> {
  const items = lines.map((line) => ({ ...flowLogKey(run, line.time, line.task, line.line), ...line }));
  await putMany(db, db.tables.records, items);
}

export interface LogQuery {
  readonly limit: number;
  /** Epoch milliseconds, inclusive. */
  readonly since?: number;
  readonly until?: number;
  readonly matches: (line: LogLine) => boolean;
}

/** The newest lines that match, newest first. */
export async function listLogLines(
  db: Db,
  run: RunRef,
  { limit, since, until, matches }: LogQuery,
): Promise<LogLine[]> {
  const from = `${FLOW_LOG_PREFIX}${since === undefined ? '' : flowLogTime(since)}`;
  // `~` sorts after every digit and `#`.
  const to = `${FLOW_LOG_PREFIX}${until === undefined ? '' : flowLogTime(until)}~`;
  // DynamoDB takes no range that ends before it begins.
  if (from > to) return [];
  const key = all(equals('pk', recordsPartition(run)), between('sk', from, to));
  const lines: LogLine[] = [];
  for await (const page of queryPages(db, db.tables.records, key, { newestFirst: true, consistent: true })) {
    for (const { pk, sk, ...item } of page) {
      const line = { operator: null, details: {}, ...item } as unknown as LogLine;
      if (matches(line)) lines.push(line);
      if (lines.length === limit) return lines;
    }
  }
  return lines;
}
