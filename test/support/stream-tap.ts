import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import type { Db } from '../../functions/store/db.ts';
import { StreamClient } from '../../lib/local/compute/stream-client.ts';
import { isNoOp, type LambdaStreamRecord, toLambdaRecord } from '../../lib/local/compute/stream-event.ts';

/** The records of a table's stream, as Lambda hands them over. The local DynamoDB has one shard a table. */
export interface StreamTap {
  /** Those that were written since it was asked last, in their order. */
  take(): Promise<readonly LambdaStreamRecord[]>;
}

/** Opens a tap on what is written to the table from now on. */
export async function tapStream(db: Db, url: string, table: string): Promise<StreamTap> {
  const { Table } = await db.client.send(new DescribeTableCommand({ TableName: table }));
  const streamArn = Table?.LatestStreamArn ?? '';
  const client = new StreamClient(url, streamArn, new AbortController().signal);
  const [shard] = await client.shards();
  if (!shard) throw new Error(`the stream of ${table} has no shard`);
  const origin = { streamArn, shardId: shard.ShardId, region: 'us-east-1' };
  let iterator = await client.iterator(shard.ShardId, 'LATEST');
  return {
    async take() {
      const records: LambdaStreamRecord[] = [];
      for (;;) {
        const page = await client.records(iterator);
        if (page.NextShardIterator === undefined) throw new Error(`the shard of ${table} has ended`);
        iterator = page.NextShardIterator;
        records.push(...page.Records.filter((record) => !isNoOp(record)).map((one) => toLambdaRecord(one, origin)));
        if (page.Records.length === 0) return records;
      }
    },
  };
}
