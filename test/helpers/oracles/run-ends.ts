import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { type RunState, TERMINAL_STATES } from '../../../functions/core/domain/run.ts';
import { StreamSource } from '../../../lib/local/event-sources/stream-source.ts';
import type { LocalSystem } from '../../../lib/local/system.ts';
import { systemDb } from '../system/system-db.ts';

/** Counts how often each run enters a terminal state, by ULID, from the stream of the Runs table. */
export async function watchRunEnds(
  system: Pick<LocalSystem, 'endpoints' | 'tableName'>,
): Promise<{ readonly ends: ReadonlyMap<string, number>; stop(): Promise<void> }> {
  const { db, close } = systemDb(system);
  const { Table } = await db.client.send(new DescribeTableCommand({ TableName: db.tables.runs }));
  close();
  const ends = new Map<string, number>();
  const isTerminal = (state: string | undefined) =>
    (TERMINAL_STATES as readonly (RunState | undefined)[]).includes(state as RunState);
  const source = new StreamSource({
    endpoint: system.endpoints.dynamodb,
    streamArn: Table?.LatestStreamArn ?? '',
    checkpoints: { load: () => undefined, save: () => {} },
    fn: {
      name: 'run-ends',
      arn: 'run-ends',
      async invoke(event) {
        for (const { dynamodb } of (event as DynamoDBStreamEvent).Records) {
          const ulid = dynamodb?.Keys?.sk?.S?.replace('R#', '') ?? '';
          // Counts every later write too, even if the state is unchanged.
          if (isTerminal(dynamodb?.NewImage?.state?.S)) ends.set(ulid, (ends.get(ulid) ?? 0) + 1);
        }
        return null;
      },
    },
  });
  source.start();
  return { ends, stop: () => source.stop() };
}
