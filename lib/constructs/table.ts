import { Duration, ReferenceStrength, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { EnvName } from '../../functions/core/platform/env-names.ts';
import type { StageConfig } from '../config.ts';
import { type StreamFilter, toFilterPatterns } from '../stream-filters.ts';
import type { PlatformFunction } from './function.ts';
import type { Conditions, Grantee } from './grantee.ts';
import { billing, indexUnits, scaleCapacity } from './table-capacity.ts';

/** A DynamoDB action that can be granted. Scan is excluded: no function reads a whole table. */
export type TableAction =
  | 'GetItem'
  | 'BatchGetItem'
  | 'Query'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'BatchWriteItem'
  | 'ConditionCheckItem';

export interface PlatformTableProps {
  readonly config: StageConfig;
  /** Name after `jobdeck-<stage>-`. */
  readonly name: string;
  /** Environment variable with the table name. */
  readonly env: EnvName;
  /**
   * Creates a stream with old and new images.
   *
   * @default false
   */
  readonly stream?: boolean;
  /**
   * Global secondary indexes by name. They project keys only; items are read from the table.
   *
   * @default none
   */
  readonly indexes?: Readonly<Record<string, { readonly partitionKey: string; readonly sortKey: string }>>;
}

/**
 * A DynamoDB table with the platform's defaults: `pk` and `sk`, on-demand capacity unless the stage provisions it, `ttl`,
 * point-in-time recovery, and deletion protection in protected stages.
 *
 * Encrypted with the AWS owned key. A customer managed key would cost a KMS call for each cold start, and the same
 * account would control it.
 */
export class PlatformTable extends Construct {
  readonly table: dynamodb.Table;
  readonly #name: string;
  readonly #env: EnvName;
  readonly #indexes: readonly string[];

  constructor(scope: Construct, id: string, props: PlatformTableProps) {
    super(scope, id);
    const string = dynamodb.AttributeType.STRING;
    this.#name = `jobdeck-${props.config.name}-${props.name}`;
    this.#env = props.env;
    this.#indexes = Object.keys(props.indexes ?? {});
    this.table = new dynamodb.Table(this, 'Table', {
      // A fixed name makes CloudFormation fail instead of replacing, and so emptying, the table.
      tableName: this.#name,
      partitionKey: { name: 'pk', type: string },
      sortKey: { name: 'sk', type: string },
      ...billing(props.config),
      timeToLiveAttribute: 'ttl',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.config.protectData,
      removalPolicy: props.config.protectData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(props.stream && { stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES }),
    });
    if (this.table.tableStreamArn) {
      // The only strong reference between stacks. CloudFormation knows the value of a weak one only while it updates the
      // stack, and may therefore plan a replacement of the event source mapping. The export is kept without importers, so
      // that a reader can be removed.
      Stack.of(this).exportValue(this.table.tableStreamArn);
    }
    for (const [indexName, keys] of Object.entries(props.indexes ?? {})) {
      this.table.addGlobalSecondaryIndex({
        indexName,
        partitionKey: { name: keys.partitionKey, type: string },
        sortKey: { name: keys.sortKey, type: string },
        projectionType: dynamodb.ProjectionType.KEYS_ONLY,
        ...indexUnits(props.config),
      });
    }
    scaleCapacity(this.table, this.#indexes, props.config);
  }

  /** Grants `actions` on the table but not on its indexes, with the table name in the environment. */
  grant(to: Grantee, ...actions: TableAction[]): void {
    to.addEnvironment(this.#env, this.table.tableName);
    to.allow(
      actions.map((action) => `dynamodb:${action}`),
      [this.table.tableArn],
      to.tenant === undefined ? undefined : leadingKeyConditions(to.tenant, `${to.tenant}#*`),
    );
  }

  /** Grants writes of rows that have only these attributes. */
  grantAttributes(to: Grantee, attributes: readonly string[], ...actions: TableAction[]): void {
    to.addEnvironment(this.#env, this.table.tableName);
    to.allow(
      actions.map((action) => `dynamodb:${action}`),
      [this.table.tableArn],
      {
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': attributes },
        Null: { 'dynamodb:Attributes': 'false' },
      },
    );
  }

  /** Grants `actions` on one partition. */
  grantPartition(to: Grantee, partition: string, ...actions: TableAction[]): void {
    to.addEnvironment(this.#env, this.table.tableName);
    to.allow(
      actions.map((action) => `dynamodb:${action}`),
      [this.table.tableArn],
      leadingKeyConditions(partition),
    );
  }

  /**
   * Grants queries of indexes.
   *
   * @throws Error if the table has no such index
   */
  grantIndex(to: Grantee, ...indexes: string[]): void {
    for (const index of indexes) {
      if (!this.#indexes.includes(index)) {
        throw new Error(`${this.node.id} has no index "${index}". It has: ${this.#indexes.join(', ') || 'none'}.`);
      }
    }
    to.addEnvironment(this.#env, this.table.tableName);
    to.allow(
      ['dynamodb:Query'],
      indexes.map((index) => `${this.table.tableArn}/index/${index}`),
      to.tenant === undefined ? undefined : leadingKeyConditions(to.tenant, `${to.tenant}#*`),
    );
  }

  /**
   * Streams changes to `fn`. A failed batch is bisected until the failing change is isolated, retried `retryAttempts`
   * times, and then described to `onFailure`.
   */
  streamTo(
    fn: PlatformFunction,
    props: {
      readonly filter: StreamFilter;
      readonly batchSize: number;
      readonly retryAttempts: number;
      readonly onFailure: sqs.IQueue;
    },
  ): void {
    this.#stream(fn, props.filter, {
      batchSize: props.batchSize,
      bisectBatchOnError: true,
      retryAttempts: props.retryAttempts,
      reportBatchItemFailures: true,
      onFailure: new SqsDlq(props.onFailure),
    });
  }

  /**
   * Streams changes to `fn` in batches from one shard that succeed or fail as a whole.
   *
   * A batch is retried for 23 hours, one hour less than the stream's retention, and then described to `onFailure`. It
   * is not bisected: such functions fail because of their store, not because of a single change, and bisecting would
   * increase the load on the store.
   */
  streamBatchesTo(
    fn: PlatformFunction,
    props: {
      readonly filter: StreamFilter;
      /**
       * Adds the shard id to events.
       *
       * @default true
       */
      readonly includeShardId?: boolean;
      readonly batchSize: number;
      /** Batching window. A longer window costs latency and saves invocations and writes. */
      readonly batchingWindow: Duration;
      readonly onFailure: sqs.IQueue;
    },
  ): void {
    const { includeShardId = true } = props;
    this.#stream(fn, props.filter, {
      batchSize: props.batchSize,
      maxBatchingWindow: props.batchingWindow,
      bisectBatchOnError: false,
      retryAttempts: NO_RETRY_LIMIT,
      maxRecordAge: Duration.hours(23),
      parallelizationFactor: 1,
      // Events contain the shard id only with a tumbling window. Each window ends with an extra invocation, hence the
      // maximum length.
      ...(includeShardId && { tumblingWindow: Duration.minutes(15) }),
      onFailure: new SqsDlq(props.onFailure),
    });
  }

  #stream(fn: PlatformFunction, filter: StreamFilter, options: lambda.EventSourceMappingOptions): void {
    const { tableStreamArn } = this.table;
    if (!tableStreamArn) throw new Error(`${this.node.id} has no stream: give it \`stream: true\`.`);
    const streamArn = Stack.consumeReference(tableStreamArn, ReferenceStrength.STRONG);
    fn.allow(['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'], [streamArn]);
    fn.allowUnder(
      ['dynamodb:ListStreams'],
      'dynamodb',
      `table/${this.#name}/stream`,
      'A stream is called by the time of its making; Lambda lists those of this one table to find it.',
    );
    new lambda.EventSourceMapping(fn, `${this.node.id}Stream`, {
      target: fn,
      eventSourceArn: streamArn,
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      filters: toFilterPatterns(filter).map((pattern) => lambda.FilterCriteria.filter(pattern)),
      ...options,
    });
  }
}

/**
 * Conditions that limit requests to matching partition keys. `Null` excludes requests without keys, which
 * `ForAllValues` would match.
 */
const leadingKeyConditions = (...patterns: string[]): Conditions => ({
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': patterns },
  Null: { 'dynamodb:LeadingKeys': 'false' },
});

/** Number of retries that means no limit except the record age. */
const NO_RETRY_LIMIT = -1;
