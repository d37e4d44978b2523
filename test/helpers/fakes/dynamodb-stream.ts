import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { StreamRecord } from '../../../lib/local/event-sources/stream-event.ts';

interface WriteOptions {
  readonly eventName?: StreamRecord['eventName'];
  readonly userIdentity?: StreamRecord['userIdentity'];
  /**
   * Epoch milliseconds.
   *
   * @defaultValue now
   */
  readonly writtenAt?: number;
  readonly ageSeconds?: number;
}

interface Call {
  readonly ShardId: string;
  readonly ShardIteratorType: string;
  readonly SequenceNumber: string;
  readonly ShardIterator: string;
  readonly Limit: number;
}

/**
 * The API of DynamoDB Streams, for behaviour that the local DynamoDB lacks: closed shards, trimmed and old records,
 * expired iterators.
 */
export class FakeStream {
  readonly streamArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/Things/stream/2026';
  readonly #records: { readonly shard: number; readonly record: StreamRecord }[] = [];
  readonly #errors: string[] = [];
  readonly #called: string[] = [];
  #shard = 1;
  #trimmed = 0;
  #read = 0;
  #endpoint = '';

  static async start(): Promise<FakeStream> {
    const stream = new FakeStream();
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
        const answer = stream.#answer(operation, JSON.parse(body) as Call);
        response.writeHead('__type' in answer ? 400 : 200).end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stream.#endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return stream;
  }

  get endpoint(): string {
    return this.#endpoint;
  }

  /** The highest sequence number that was returned. */
  get read(): number {
    return this.#read;
  }

  calls(operation: string): number {
    return this.#called.filter((called) => called === operation).length;
  }

  /** Appends a record per key. The last argument may be options. */
  write(...items: readonly (string | WriteOptions)[]): void {
    const options = items.find((item) => typeof item === 'object') ?? {};
    const writtenAt = options.writtenAt ?? Date.now() - (options.ageSeconds ?? 0) * 1000;
    for (const pk of items) {
      if (typeof pk !== 'string') continue;
      const record: StreamRecord = {
        eventName: options.eventName ?? 'INSERT',
        dynamodb: {
          ApproximateCreationDateTime: Math.floor(writtenAt / 1000),
          Keys: { pk: { S: pk } },
          SequenceNumber: String(this.#records.length + 1),
          SizeBytes: 10,
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
        ...(options.userIdentity && { userIdentity: options.userIdentity }),
      };
      this.#records.push({ shard: this.#shard, record });
    }
  }

  /** Closes the current shard. Later records go to its child. */
  splitShard(): void {
    this.#shard++;
  }

  /** Removes all records up to `sequenceNumber`. */
  trim(sequenceNumber: number): void {
    this.#trimmed = sequenceNumber;
  }

  /** Lets one call per error code fail, in order. */
  failNext(...codes: readonly string[]): void {
    this.#errors.push(...codes);
  }

  #answer(operation: string, call: Call): object {
    this.#called.push(operation);
    const error = this.#errors.shift();
    if (error !== undefined) return refusal(error);
    if (operation === 'DescribeStream') return { StreamDescription: { Shards: this.#shards() } };
    return operation === 'GetShardIterator' ? this.#iterator(call) : this.#page(call);
  }

  #shards(): object[] {
    return Array.from({ length: this.#shard }, (_, index) => ({
      ShardId: `shard-${index + 1}`,
      ...(index > 0 && { ParentShardId: `shard-${index}` }),
    }));
  }

  #iterator({ ShardId, ShardIteratorType, SequenceNumber }: Call): object {
    if (ShardIteratorType === 'AFTER_SEQUENCE_NUMBER' && Number(SequenceNumber) < this.#trimmed) {
      return refusal('TrimmedDataAccessException');
    }
    const positions: Readonly<Record<string, number>> = {
      TRIM_HORIZON: 0,
      LATEST: this.#records.length,
      AFTER_SEQUENCE_NUMBER: Number(SequenceNumber),
    };
    return { ShardIterator: `${ShardId.split('-')[1]}:${positions[ShardIteratorType]}` };
  }

  #page({ ShardIterator, Limit }: Call): object {
    const [shard = 0, position = 0] = ShardIterator.split(':').map(Number);
    const from = Math.max(position, this.#trimmed);
    const page = this.#records.slice(from).filter((entry) => entry.shard === shard);
    const Records = page.slice(0, Limit).map((entry) => entry.record);
    const last = Number(Records.at(-1)?.dynamodb.SequenceNumber ?? position);
    this.#read = Math.max(this.#read, last);
    const ended = shard < this.#shard && page.length <= Limit;
    return { Records, ...(!ended && { NextShardIterator: `${shard}:${last}` }) };
  }
}

function refusal(code: string): object {
  return { __type: `com.amazonaws.dynamodb.v20120810#${code}`, message: 'refused' };
}
