import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { TenantParameters } from '../constructs/parameters.ts';
import { PlatformTable } from '../constructs/table.ts';
import { Env } from '../env.ts';

export interface DataStackProps {
  readonly config: StageConfig;
}

/** What is kept: the tables, and the path of the tenants' parameters. */
export class DataStack extends Stack {
  readonly jobs: PlatformTable;
  readonly runs: PlatformTable;
  readonly records: PlatformTable;
  readonly access: PlatformTable;
  readonly counters: PlatformTable;
  readonly parameters: TenantParameters;

  constructor(scope: Construct, id: string, { config }: DataStackProps) {
    super(scope, id, {
      description: 'Jobdeck: tables',
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
    this.counters = new PlatformTable(this, 'Counters', { config, name: 'counters', env: Env.countersTable });
    this.parameters = new TenantParameters(config);
  }
}
