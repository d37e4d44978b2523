import { Agent } from 'node:http';
import { post } from '../support/http.ts';
import type { StreamRecord } from './stream-event.ts';

export interface Shard {
  readonly ShardId: string;
  readonly ParentShardId?: string;
}

export interface RecordPage {
  readonly Records: readonly StreamRecord[];
  /** Absent if the shard has ended. */
  readonly NextShardIterator?: string;
}

/** Start position in a shard. */
export type ShardPosition = 'TRIM_HORIZON' | 'LATEST' | { readonly after: string };

/** An error of DynamoDB Streams. `code` is the error name, for example `TrimmedDataAccessException`. */
export class StreamError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.name = 'StreamError';
    this.code = code;
  }
}

/** AWS allows 1000; smaller pages save memory. */
const PAGE_SIZE = 500;

const SCOPE = 'local/20260101/us-east-1/dynamodb/aws4_request';

/**
 * A client for the JSON protocol of DynamoDB Streams. Lambda passes records in this format (base64 binary, epoch
 * seconds), which an SDK client would decode.
 */
export class StreamClient {
  readonly #endpoint: string;
  readonly #streamArn: string;
  readonly #signal: AbortSignal;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(endpoint: string, streamArn: string, signal: AbortSignal) {
    this.#endpoint = endpoint;
    this.#streamArn = streamArn;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#agent.destroy(), { once: true });
  }

  /** Lists all shards of the stream. */
  async shards(): Promise<readonly Shard[]> {
    const all: Shard[] = [];
    let last: string | undefined;
    do {
      const { StreamDescription: page } = await this.#call<{
        StreamDescription: { Shards?: readonly Shard[]; LastEvaluatedShardId?: string };
      }>('DescribeStream', {
        StreamArn: this.#streamArn,
        ...(last !== undefined && { ExclusiveStartShardId: last }),
      });
      all.push(...(page.Shards ?? []));
      last = page.LastEvaluatedShardId;
    } while (last !== undefined);
    return all;
  }

  /** @throws StreamError `TrimmedDataAccessException` if the position has been trimmed */
  async iterator(shardId: string, position: ShardPosition): Promise<string> {
    const { ShardIterator: iterator } = await this.#call<{ ShardIterator: string }>('GetShardIterator', {
      StreamArn: this.#streamArn,
      ShardId: shardId,
      ...(typeof position === 'string'
        ? { ShardIteratorType: position }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: position.after }),
    });
    return iterator;
  }

  /** @throws StreamError `ExpiredIteratorException` if the iterator is older than 15 minutes */
  async records(iterator: string): Promise<RecordPage> {
    return await this.#call<RecordPage>('GetRecords', { ShardIterator: iterator, Limit: PAGE_SIZE });
  }

  async #call<Answer>(operation: string, input: object): Promise<Answer> {
    const body = JSON.stringify(input);
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(body),
      'x-amz-target': `DynamoDBStreams_20120810.${operation}`,
      // Local endpoints require a signature and do not verify it.
      'x-amz-date': '20260101T000000Z',
      authorization: `AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=host, Signature=local`,
    };
    const { status, text } = await post(this.#endpoint, { headers, body, signal: this.#signal, agent: this.#agent });
    const answer = JSON.parse(text) as Answer & { __type?: string; message?: string; Message?: string };
    if (status === 200) return answer;
    const code = answer.__type?.split('#').at(-1) ?? `HTTP ${status}`;
    throw new StreamError(code, answer.message ?? answer.Message ?? operation);
  }
}
