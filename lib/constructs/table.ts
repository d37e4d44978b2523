import { Duration, RemovalPolicy } from 'aws-cdk-lib';
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

/** What a function may be allowed to do. Scan is not among them: none reads a whole table. */
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
  /** What its name ends in. */
  readonly name: string;
  /** Variable that tells functions its name. */
  readonly env: EnvName;
  /**
   * Whether changes are streamed, with the item before and after.
   *
   * @default false
   */
  readonly stream?: boolean;
  /**
   * Its global indexes, by name. They hold keys only: pages are completed from the table.
   *
   * @default none
   */
  readonly indexes?: Readonly<Record<string, { readonly partitionKey: string; readonly sortKey: string }>>;
}

/**
 * A DynamoDB table as all of Jobdeck's are: `pk` and `sk`, on demand, `ttl`, point-in-time recovery.
 *
 * Encrypted with the key that AWS owns: a customer-managed key would cost a KMS call for every cold start and be under
 * the same account's control. Deletion protection outside dev and local.
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
      // A fixed name also makes an update that would replace the table, and so empty it, fail.
      tableName: this.#name,
      partitionKey: { name: 'pk', type: string },
      sortKey: { name: 'sk', type: string },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'ttl',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.config.protectData,
      removalPolicy: props.config.protectData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(props.stream && { stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES }),
    });
    for (const [indexName, keys] of Object.entries(props.indexes ?? {})) {
      this.table.addGlobalSecondaryIndex({
        indexName,
        partitionKey: { name: keys.partitionKey, type: string },
        sortKey: { name: keys.sortKey, type: string },
        projectionType: dynamodb.ProjectionType.KEYS_ONLY,
      });
    }
  }

  /** Tells the grantee the table's name, and lets it do `actions` on the table, but on none of its indexes. */
  grant(to: Grantee, ...actions: TableAction[]): void {
    to.addEnvironment(this.#env, this.table.tableName);
    to.allow(
      actions.map((action) => `dynamodb:${action}`),
      [this.table.tableArn],
      to.tenant === undefined ? undefined : partitionsOf(to.tenant, `${to.tenant}#*`),
    );
  }

  /** As `grant`, of one partition. */
  grantPartition(to: Grantee, partition: string, ...actions: TableAction[]): void {
    to.addEnvironment(this.#env, this.table.tableName);
    to.allow(
      actions.map((action) => `dynamodb:${action}`),
      [this.table.tableArn],
      partitionsOf(partition),
    );
  }

  /**
   * Lets the grantee query the indexes called so.
   *
   * @throws Error when the table has no index of that name
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
      to.tenant === undefined ? undefined : partitionsOf(to.tenant, `${to.tenant}#*`),
    );
  }

  /**
   * Sends changes to `fn`. A batch that fails is halved until the change that cannot be handled is alone, tried
   * `retryAttempts` times more, and then described to `onFailure`.
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
   * Sends changes to `fn`, in batches that it takes whole or gets again, each from one shard.
   *
   * A batch comes again until it is 23 hours old, an hour before the stream forgets it, and is then described to
   * `onFailure`. It is not halved: what such a function fails at is its store and never one change, and halves would
   * ask that store for more writes.
   */
  streamBatchesTo(
    fn: PlatformFunction,
    props: {
      readonly filter: StreamFilter;
      /**
       * Whether the function is told the shard.
       *
       * @default true
       */
      readonly namesShard?: boolean;
      readonly batchSize: number;
      /** How long a batch is gathered: what it costs in time, it saves in invocations and their writes. */
      readonly gatherFor: Duration;
      readonly onFailure: sqs.IQueue;
    },
  ): void {
    const { namesShard = true } = props;
    this.#stream(fn, props.filter, {
      batchSize: props.batchSize,
      maxBatchingWindow: props.gatherFor,
      bisectBatchOnError: false,
      retryAttempts: UNTIL_TOO_OLD,
      maxRecordAge: Duration.hours(23),
      parallelizationFactor: 1,
      // Events name their shard only under a tumbling window. Its end is one more invocation, so it is the longest.
      ...(namesShard && { tumblingWindow: Duration.minutes(15) }),
      onFailure: new SqsDlq(props.onFailure),
    });
  }

  #stream(fn: PlatformFunction, filter: StreamFilter, options: lambda.EventSourceMappingOptions): void {
    const streamArn = this.table.tableStreamArn;
    if (!streamArn) throw new Error(`${this.node.id} has no stream: give it \`stream: true\`.`);
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
 * Only requests whose partition keys all match one of `patterns`. A request without keys would match, for it has none
 * that does not: hence `Null`.
 */
const partitionsOf = (...patterns: string[]): Conditions => ({
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': patterns },
  Null: { 'dynamodb:LeadingKeys': 'false' },
});

/** Number of retries that stands for no limit but the record's age. */
const UNTIL_TOO_OLD = -1;
