import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Env } from '../../functions/core/platform/env-names.ts';
import { COUNTER_INDEXES } from '../../functions/core/platform/index-names.ts';
import type { StageConfig } from '../config.ts';
import { PlatformBucket } from '../constructs/bucket.ts';
import { platformStackProps } from '../constructs/platform-stack-props.ts';
import { SecretsKey } from '../constructs/secrets-key.ts';
import { SourceQueues } from '../constructs/source-queues.ts';
import { PlatformTable } from '../constructs/table.ts';

export interface DataStackProps {
  readonly config: StageConfig;
}

/** Persistent data: tables, the bucket, keys and the prefix of source queues. */
export class DataStack extends Stack {
  readonly jobs: PlatformTable;
  readonly runs: PlatformTable;
  readonly records: PlatformTable;
  readonly access: PlatformTable;
  readonly counters: PlatformTable;
  readonly collections: PlatformTable;
  readonly files: PlatformBucket;
  readonly sourceQueues: SourceQueues;
  readonly secretsKey: SecretsKey;

  constructor(scope: Construct, id: string, { config }: DataStackProps) {
    super(scope, id, {
      ...platformStackProps(scope, id, 'Jobdeck: tables and files', config),
      terminationProtection: config.protectData,
    });
    this.jobs = new PlatformTable(this, 'Jobs', { config, name: 'jobs', env: Env.jobsTable, stream: true });
    this.runs = new PlatformTable(this, 'Runs', {
      config,
      name: 'runs',
      env: Env.runsTable,
      stream: true,
      indexes: {
        byTenant: { partitionKey: 'tenant', sortKey: 'createdKey' },
        active: { partitionKey: 'activeKey', sortKey: 'createdKey' },
      },
    });
    this.records = new PlatformTable(this, 'Records', { config, name: 'records', env: Env.recordsTable });
    this.access = new PlatformTable(this, 'Access', { config, name: 'access', env: Env.accessTable });
    this.counters = new PlatformTable(this, 'Counters', {
      config,
      name: 'counters',
      env: Env.countersTable,
      indexes: { [COUNTER_INDEXES.agenda]: { partitionKey: 'sweepShard', sortKey: 'sweepAt' } },
    });
    this.collections = new PlatformTable(this, 'Collections', {
      config,
      name: 'collections',
      env: Env.collectionsTable,
    });
    this.files = new PlatformBucket(this, 'Files', config);
    this.sourceQueues = new SourceQueues(config);
    this.secretsKey = new SecretsKey(this, 'Secrets', config);
  }
}
