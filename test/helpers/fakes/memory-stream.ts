import { createHash } from 'node:crypto';
import { type LambdaStreamRecord, toLambdaRecord } from '../../../lib/local/event-sources/stream-event.ts';
import type { ItemChange } from './memory-dynamodb.ts';

/** A shard: the ordered changes of the items in some partitions. */
export interface Shard {
  readonly id: string;
  readonly records: LambdaStreamRecord[];
  readonly parent: Shard | undefined;
  /** The shards that replaced this shard after a split. */
  children: readonly Shard[];
}

/** The stream of a table, whose shards can be split. */
export class MemoryStream {
  readonly table: string;
  readonly shards: Shard[] = [];
  #sequence = 95;

  constructor(table: string) {
    this.table = table;
    this.#begin(undefined);
  }

  append({ before, after }: ItemChange, now: number): void {
    const { pk, sk } = (after ?? before) as { pk: { S: string }; sk: { S: string } };
    const shard = this.#shardOf(pk.S);
    shard.records.push(
      toLambdaRecord(
        {
          eventName: !before ? 'INSERT' : !after ? 'REMOVE' : 'MODIFY',
          dynamodb: {
            ApproximateCreationDateTime: Math.floor(now / 1_000),
            Keys: { pk, sk },
            ...(before && { OldImage: before as LambdaStreamRecord['dynamodb']['OldImage'] & object }),
            ...(after && { NewImage: after as LambdaStreamRecord['dynamodb']['NewImage'] & object }),
            // The number of digits grows during a simulation, as it does in DynamoDB.
            SequenceNumber: String(++this.#sequence),
            StreamViewType: 'NEW_AND_OLD_IMAGES',
          },
        },
        {
          streamArn: `arn:aws:dynamodb:us-east-1:000000000000:table/${this.table}/stream/1`,
          shardId: shard.id,
          region: 'us-east-1',
        },
      ),
    );
  }

  get open(): readonly Shard[] {
    return this.shards.filter(({ children }) => children.length === 0);
  }

  /** Splits a shard: later changes go to one of two child shards. */
  split(shard: Shard): void {
    shard.children = [this.#begin(shard), this.#begin(shard)];
  }

  #begin(parent: Shard | undefined): Shard {
    const shard: Shard = { id: `shardId-${this.table}-${this.shards.length}`, records: [], parent, children: [] };
    this.shards.push(shard);
    return shard;
  }

  #shardOf(partition: string): Shard {
    const bits = createHash('md5').update(partition).digest().readUInt32BE(0);
    let shard = this.shards[0] as Shard;
    for (let depth = 0; shard.children.length > 0; depth++) shard = shard.children[(bits >>> depth) & 1] as Shard;
    return shard;
  }
}
