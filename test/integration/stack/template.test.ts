import { describe, expect, test } from 'vitest';
import { gatewayPath } from '../../../functions/api/http/gateway-path.ts';
import type { Route } from '../../../functions/api/http/route.ts';
import { surfaces } from '../../../functions/api/surfaces.ts';
import { consoleRoutes } from '../../../functions/console/routes.ts';
import { ROLES } from '../../../functions/core/domain/access.ts';
import { parseTenantId, type TenantId } from '../../../functions/core/domain/tenant.ts';
import { SCRIPT_MEMORY_MB } from '../../../functions/core/executors/script/script-runner.ts';
import { Env } from '../../../functions/core/platform/env-names.ts';
import { METRICS } from '../../../functions/core/platform/metric-names.ts';
import { runFolder, tenantFolder } from '../../../functions/core/store/keys.ts';
import { queueConcurrency } from '../../../lib/account-concurrency.ts';
import { ALARM_DESCRIPTIONS, ALARM_NAMES, type AlarmName } from '../../../lib/alarm-names.ts';
import { stageConfig } from '../../../lib/config.ts';
import { FUNCTION_ENTRIES } from '../../../lib/function-entries.ts';
import { compileFilters } from '../../../lib/local/event-sources/filter-criteria.ts';
import { environment, type Resource, type Synthesized, synth } from '../../helpers/stack/synth.ts';

const prod = await synth('prod');
const dev = await synth('dev');
const ISSUER = 'https://login.example.test';
const acme = await synth(
  stageConfig('acme', {
    identity: { issuer: ISSUER, audience: 'jobdeck', tenantClaim: 'org', rolesClaim: 'roles' },
    alarmEmail: 'oncall@example.test',
    workers: 12,
    runsPerWorker: 6,
    sliceSeconds: 5,
    metricTenants: ['ana', 'bo'],
    provisionedCapacity: { minUnits: 3, maxUnits: 900 },
    health: { errorPendingSeconds: 1800, errorFailedRuns: 5 },
  }),
);

const named = (resources: readonly Resource[], property: string) =>
  new Map(resources.map((resource) => [String(resource.Properties[property]), resource]));

const functions = named(prod.of('AWS::Lambda::Function'), 'FunctionName');
const queues = named(prod.of('AWS::SQS::Queue'), 'QueueName');
const mappings = prod.of('AWS::Lambda::EventSourceMapping');
/** Logical id of CDK's function that empties the buckets of an unprotected stage. */
const EMPTIES_BUCKETS = /^CustomS3AutoDeleteObjectsCustomResourceProviderHandler/;
const TENANT = parseTenantId('acme') as TenantId;
const arnOf = (queue: string) => `arn:aws:sqs:eu-central-1:111122223333:${queue}`;

describe('stage', () => {
  test('contains no custom resource', () => {
    expect(prod.resources.map(({ Type }) => Type).filter((type) => !/^AWS::(?!CDK|CloudFormation)/.test(type))).toEqual(
      [],
    );
  });

  test('prefixes all resource names with the stage', () => {
    const names = {
      'AWS::Lambda::Function': 'FunctionName',
      'AWS::SQS::Queue': 'QueueName',
      'AWS::DynamoDB::Table': 'TableName',
      'AWS::CloudWatch::Alarm': 'AlarmName',
      'AWS::CloudWatch::Dashboard': 'DashboardName',
      'AWS::SNS::Topic': 'TopicName',
    };
    for (const [type, property] of Object.entries(names)) {
      const resources = dev.of(type);
      expect(resources, type).not.toEqual([]);
      for (const { Properties, id } of resources) {
        if (!EMPTIES_BUCKETS.test(id)) expect(Properties[property]).toMatch(/^jobdeck-dev(-|$)/);
      }
    }
  });

  test('names the dashboard after the region, because dashboards are global', () => {
    expect(prod.only('AWS::CloudWatch::Dashboard').DashboardName).toBe('jobdeck-prod-eu-central-1');
  });

  test('outputs the values for a first call', () => {
    expect(Object.keys(prod.outputs)).toEqual(
      expect.arrayContaining(['ApiUrl', 'Issuer', 'UserPoolId', 'UserPoolClientId']),
    );
  });
});

describe('tables', () => {
  const tables = prod.of('AWS::DynamoDB::Table');

  test('consist of six on-demand tables with pk, sk and a time to live', () => {
    expect([...named(tables, 'TableName').keys()].sort()).toEqual(
      ['access', 'collections', 'counters', 'jobs', 'records', 'runs'].map((name) => `jobdeck-prod-${name}`),
    );
    for (const { Properties } of tables) {
      expect(Properties).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      });
    }
  });

  test('have point-in-time recovery in every stage', () => {
    for (const { Properties } of [...tables, ...dev.of('AWS::DynamoDB::Table')]) {
      expect(Properties.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
    }
  });

  test('protect tables and users from deletion in prod but not in dev', () => {
    for (const resource of tables) {
      expect(resource).toMatchObject({ DeletionPolicy: 'Retain', Properties: { DeletionProtectionEnabled: true } });
    }
    expect(prod.of('AWS::Cognito::UserPool')[0]).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: { DeletionProtection: 'ACTIVE' },
    });
    for (const resource of dev.of('AWS::DynamoDB::Table')) {
      expect(resource).toMatchObject({ DeletionPolicy: 'Delete', Properties: { DeletionProtectionEnabled: false } });
    }
  });

  test('retain the roles of users and the audience of their tokens with the user pool', () => {
    const policies = (stage: Synthesized) =>
      ['Group', 'Client'].flatMap((kind) =>
        stage.of(`AWS::Cognito::UserPool${kind}`).map(({ DeletionPolicy }) => DeletionPolicy),
      );
    expect(policies(prod)).toEqual(Array(ROLES.length + 1).fill('Retain'));
    expect(policies(dev)).toEqual(Array(ROLES.length + 1).fill('Delete'));
  });

  test('have provisioned units that follow their use, if the stage sets them', () => {
    const units = { ReadCapacityUnits: 3, WriteCapacityUnits: 3 };
    const provisioned = acme.of('AWS::DynamoDB::Table').flatMap(({ Properties }) => {
      expect(Properties).not.toHaveProperty('BillingMode', 'PAY_PER_REQUEST');
      return [Properties, ...((Properties.GlobalSecondaryIndexes ?? []) as Record<string, unknown>[])];
    });
    for (const { ProvisionedThroughput } of provisioned) expect(ProvisionedThroughput).toEqual(units);

    const targets = acme.of('AWS::ApplicationAutoScaling::ScalableTarget');
    expect(targets).toHaveLength(provisioned.length * 2);
    for (const { Properties } of targets) expect(Properties).toMatchObject({ MinCapacity: 3, MaxCapacity: 900 });
    const policies = acme.of('AWS::ApplicationAutoScaling::ScalingPolicy');
    expect(policies).toHaveLength(targets.length);
    for (const { Properties } of policies) {
      expect(Properties.TargetTrackingScalingPolicyConfiguration).toMatchObject({ TargetValue: 70 });
    }
    expect(prod.of('AWS::ApplicationAutoScaling::ScalableTarget')).toEqual([]);
  });

  test('stream whole items of jobs and runs, and project keys only into indexes', () => {
    const byName = named(tables, 'TableName');
    for (const name of ['jobs', 'runs']) {
      expect(byName.get(`jobdeck-prod-${name}`)?.Properties.StreamSpecification).toEqual({
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      });
    }
    const index = (name: string, partitionKey: string) => ({
      IndexName: name,
      KeySchema: [
        { AttributeName: partitionKey, KeyType: 'HASH' },
        { AttributeName: 'createdKey', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    });
    expect(byName.get('jobdeck-prod-runs')?.Properties.GlobalSecondaryIndexes).toEqual([
      index('byTenant', 'tenant'),
      index('active', 'activeKey'),
    ]);
  });
});

describe('buckets', () => {
  const ofStage = (stage: Synthesized) => named(stage.of('AWS::S3::Bucket'), 'BucketName');
  const name = (stage: string, kind: string) => `jobdeck-${stage}-${kind}-111122223333-eu-central-1`;

  test('have names with the stage, the account and the region', () => {
    expect([...ofStage(prod).keys()]).toEqual([name('prod', 'access-logs'), name('prod', 'files')]);
    const longest = name('a'.repeat(12), 'access-logs').replace('eu-central-1', 'ap-southeast-1');
    expect(longest.length).toBeLessThanOrEqual(63);
  });

  test('block public access, encrypt, enforce one owner and require TLS', () => {
    const policies = prod.of('AWS::S3::BucketPolicy').map(({ Properties }) => Properties);
    for (const [bucket, { Properties }] of ofStage(prod)) {
      expect(Properties).toMatchObject({
        BucketEncryption: { ServerSideEncryptionConfiguration: [expect.anything()] },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      });
      expect(Properties).not.toHaveProperty('VersioningConfiguration');
      const policy = policies.find(({ Bucket }) => Bucket === bucket)?.PolicyDocument;
      expect((policy as { Statement: unknown } | undefined)?.Statement).toContainEqual({
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: 's3:*',
        Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      });
    }
  });

  test('log access to files for the configured retention', () => {
    const logs = ofStage(prod).get(name('prod', 'access-logs'));
    expect(ofStage(prod).get(name('prod', 'files'))?.Properties.LoggingConfiguration).toEqual({
      DestinationBucketName: name('prod', 'access-logs'),
    });
    expect(rulesOf(logs)).toContainEqual({ ExpirationInDays: 90, Status: 'Enabled' });
  });

  test('expire unfinished uploads and run objects, but never tenant files', () => {
    const rules = rulesOf(ofStage(prod).get(name('prod', 'files')));
    expect(rules).toEqual([
      { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, Status: 'Enabled' },
      { ExpirationInDays: expect.any(Number) as number, Prefix: 'runs/', Status: 'Enabled' },
    ]);
    expect(tenantFolder(TENANT)).toMatch(/^data\//);
    expect(runFolder({ tenant: TENANT, jobId: 'a', incarnation: 'b', ulid: 'c' })).toMatch(/^runs\//);
  });

  test('expire run objects later than any run', () => {
    const [, kept] = rulesOf(ofStage(prod).get(name('prod', 'files')));
    expect(() => stageConfig('acme', { retentionDays: 3_651 })).toThrow('1–3650');
    expect(kept?.ExpirationInDays).toBeGreaterThan(3_650);
  });

  test('retain buckets on stack deletion, except in dev, where they are emptied', () => {
    for (const bucket of ofStage(prod).values()) expect(bucket.DeletionPolicy).toBe('Retain');
    for (const bucket of ofStage(dev).values()) expect(bucket.DeletionPolicy).toBe('Delete');
    const emptied = dev.of('Custom::S3AutoDeleteObjects').map(({ Properties }) => Properties.BucketName);
    expect(emptied).toEqual([name('dev', 'access-logs'), name('dev', 'files')]);
  });

  function rulesOf(bucket: Resource | undefined): readonly Record<string, unknown>[] {
    return (bucket?.Properties.LifecycleConfiguration as { Rules: Record<string, unknown>[] } | undefined)?.Rules ?? [];
  }
});

describe('functions', () => {
  test('use arm64, Node 24, source maps and JSON logs with the configured retention', () => {
    const retention = named(prod.of('AWS::Logs::LogGroup'), 'LogGroupName');
    expect([...functions.keys()].sort()).toEqual(
      Object.keys(FUNCTION_ENTRIES)
        .map((name) => `jobdeck-prod-${name}`)
        .sort(),
    );
    for (const [name, fn] of functions) {
      expect(fn.Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: name.startsWith('jobdeck-prod-api-') ? 'Active' : 'PassThrough' },
        LoggingConfig: { LogFormat: 'JSON', LogGroup: `/aws/lambda/${name}` },
      });
      const heap = name === 'jobdeck-prod-worker' ? '--max-old-space-size=512 --max-semi-space-size=4' : undefined;
      expect(environment(fn).NODE_OPTIONS).toBe(heap);
      expect(retention.get(`/aws/lambda/${name}`)?.Properties.RetentionInDays).toBe(90);
    }
  });

  test('report invocations of workers only, whose memory the runbook refers to', () => {
    const level = ({ Properties }: Resource) =>
      (Properties.LoggingConfig as { readonly SystemLogLevel: string }).SystemLogLevel;
    for (const [name, fn] of functions) expect(level(fn), name).toBe(name === 'jobdeck-prod-worker' ? 'INFO' : 'WARN');
  });

  test('have every known environment variable and no other', () => {
    const given = new Set([...functions.values()].flatMap((fn) => Object.keys(environment(fn))));
    // These exist only with the settings `edge`, `email` and `targets`, with a grant of a script, and on one machine.
    const optional: readonly string[] = [
      Env.edgeSecret,
      Env.emailFrom,
      Env.emailDomains,
      Env.emailIdentityArn,
      Env.targets,
      Env.scriptRoles,
      Env.scriptRoleArns,
      Env.taskLogsUrl,
    ];
    const always = ['NODE_OPTIONS', ...Object.values(Env)].filter((name) => !optional.includes(name));
    expect([...given].filter((name) => !optional.includes(name)).sort()).toEqual(always.sort());
  });

  test('have the default limits in their environment', () => {
    for (const fn of functions.values()) {
      expect(environment(fn)).toMatchObject({ [Env.retentionDays]: '30', [Env.concurrentRuns]: '10' });
    }
  });

  test('end flow slices after the configured seconds', () => {
    expect(environment(prod.fn('worker'))[Env.sliceMs]).toBe('45000');
    expect(environment(acme.fn('worker'))[Env.sliceMs]).toBe('5000');
  });

  test('have the names of tenant files and queues in their environment', () => {
    expect(environment(prod.fn('worker'))).toMatchObject({
      [Env.bucket]: 'jobdeck-prod-files-111122223333-eu-central-1',
      [Env.collectionsTable]: 'jobdeck-prod-collections',
      [Env.sourceQueuePrefix]: 'jobdeck-prod-in-',
    });
  });

  test('reserve no concurrency', () => {
    for (const { Properties } of functions.values()) {
      expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
    }
  });

  test('have recursive loop detection, except for the worker and the deliverer', () => {
    const allowed = [...functions].filter(([, { Properties }]) => Properties.RecursiveLoop === 'Allow');
    expect(allowed.map(([name]) => name).sort()).toEqual(['jobdeck-prod-deliverer', 'jobdeck-prod-worker']);
  });

  test('have the health thresholds and the tenants with metrics in their environment', () => {
    for (const fn of acme.of('AWS::Lambda::Function')) {
      expect(environment(fn)).toMatchObject({
        [Env.healthThresholds]: '{"warnPendingSeconds":600,"errorPendingSeconds":1800,"errorFailedRuns":5}',
        [Env.metricTenants]: 'ana,bo',
      });
    }
  });

  test('access private networks in the local stage only', () => {
    expect(stageConfig('local').privateNetworks).toEqual(['127.0.0.0/8', '::1/128']);
    for (const fn of functions.values()) expect(environment(fn)[Env.privateNetworks]).toBe('');
  });
});

describe('queues', () => {
  const consumerOf = (queue: string) => mappings.find(({ Properties }) => Properties.EventSourceArn === arnOf(queue));
  const isDeadLetter = (name: string) => name.endsWith('-dead-letters');

  test('have one consumer each, which reports failures for each message', () => {
    expect(queues.size).toBe(10);
    for (const queue of queues.keys()) {
      expect(consumerOf(queue)?.Properties, queue).toMatchObject({
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      });
    }
  });

  test('hide a received message for six timeouts of its consumer', () => {
    for (const [name, queue] of queues) {
      const consumer = functions.get(String(consumerOf(name)?.Properties.FunctionName));
      expect(queue.Properties.VisibilityTimeout, name).toBe(6 * Number(consumer?.Properties.Timeout));
    }
  });

  test('move messages to the dead-letter queue after five receives or more, because throttled invocations count', () => {
    const work = [...queues].filter(([name]) => !isDeadLetter(name));
    for (const [name, { Properties }] of work) {
      expect(Properties.RedrivePolicy, name).toEqual({
        deadLetterTargetArn: expect.stringContaining('-dead-letters') as string,
        maxReceiveCount: expect.any(Number) as number,
      });
      const { maxReceiveCount } = Properties.RedrivePolicy as { maxReceiveCount: number };
      expect(maxReceiveCount, name).toBeGreaterThanOrEqual(5);
    }
  });

  test('use a number of concurrent executions that the check of the account knows', () => {
    const maxima = mappings.map(
      ({ Properties }) => Properties.ScalingConfig as { MaximumConcurrency: number } | undefined,
    );
    const total = maxima.reduce((sum, config) => sum + (config?.MaximumConcurrency ?? 0), 0);
    expect(queueConcurrency(prod.outDir)).toBe(total);
    expect(total).toBeGreaterThan(stageConfig('prod').workers + stageConfig('prod').dispatchers);
  });

  test('retain dead letters for 14 days and retry them until then', () => {
    const dlqs = [...queues].filter(([name]) => isDeadLetter(name));
    expect(dlqs).toHaveLength(6);
    for (const [, { Properties }] of dlqs) {
      expect(Properties.MessageRetentionPeriod).toBe(14 * 24 * 3600);
      expect(Properties).not.toHaveProperty('RedrivePolicy');
    }
  });

  test('deliver up to four runs at a time to each of the workers, without waiting for more', () => {
    const { Properties } = consumerOf('jobdeck-prod-runs') as Resource;
    expect(Properties).toMatchObject({
      FunctionName: 'jobdeck-prod-worker',
      BatchSize: 4,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 100 },
    });
    expect(Properties).not.toHaveProperty('MaximumBatchingWindowInSeconds');
    expect(functions.get('jobdeck-prod-worker')?.Properties).toMatchObject({ Timeout: 900, MemorySize: 1769 });
  });

  test('deliver to the number of workers and runs that the stage sets', () => {
    const runs = acme
      .of('AWS::Lambda::EventSourceMapping')
      .find(({ Properties }) => Properties.EventSourceArn === arnOf('jobdeck-acme-runs'));
    expect(runs?.Properties).toMatchObject({ BatchSize: 6, ScalingConfig: { MaximumConcurrency: 12 } });
  });

  test('give a worker the memory of all of its runs at their limits', () => {
    const worker = acme
      .of('AWS::Lambda::Function')
      .find(({ Properties }) => Properties.FunctionName === 'jobdeck-acme-worker');
    expect(worker?.Properties.MemorySize).toBe(128 + 6 * (128 + SCRIPT_MEMORY_MB));
    expect(environment(worker as Resource).NODE_OPTIONS).toContain(`--max-old-space-size=${6 * 128} `);
  });

  test('reject senders without TLS', () => {
    expect(prod.of('AWS::SQS::QueuePolicy')).toHaveLength(queues.size);
  });
});

/** Event source mappings of a table's stream, by function name. */
function readersOf(table: string): ReadonlyMap<string, Record<string, unknown>> {
  const streams = mappings.filter(({ Properties }) =>
    String(Properties.EventSourceArn).includes(`table/jobdeck-prod-${table}/stream/`),
  );
  return new Map(streams.map(({ Properties }) => [String(Properties.FunctionName), Properties]));
}

function patternsOf(mapping: Record<string, unknown> | undefined): readonly string[] {
  const criteria = mapping?.FilterCriteria as { readonly Filters: { readonly Pattern: string }[] } | undefined;
  return (criteria?.Filters ?? []).map(({ Pattern }) => Pattern);
}

describe('the streams', () => {
  test('have at most two readers per shard', () => {
    expect([...readersOf('jobs').keys()].sort()).toEqual(['jobdeck-prod-counters', 'jobdeck-prod-registrar']);
    expect([...readersOf('runs').keys()].sort()).toEqual(['jobdeck-prod-counters', 'jobdeck-prod-notifier']);
  });

  test('invoke the registrar for definitions of jobs and requests that are not deferred', () => {
    expect(patternsOf(readersOf('jobs').get('jobdeck-prod-registrar'))).toEqual([
      '{"dynamodb":{"Keys":{"sk":{"S":[{"prefix":"DEF#"}]}},"NewImage":{"deferred":{"BOOL":[{"exists":false}]}}}}',
      '{"dynamodb":{"Keys":{"sk":{"S":[{"prefix":"REGREQ#"}]}},"NewImage":{"deferred":{"BOOL":[{"exists":false}]}}}}',
    ]);
  });

  test('isolate a failing registration and discard it after five retries', () => {
    expect(readersOf('jobs').get('jobdeck-prod-registrar')).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 5,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: arnOf('jobdeck-prod-registrations-dead-letters') } },
    });
  });

  test.each(['jobs', 'runs'])(
    'deliver %s to the counters in whole batches with the shard id, until they are too old',
    (table) => {
      expect(readersOf(table).get('jobdeck-prod-counters')).toMatchObject({
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 2_000,
        MaximumBatchingWindowInSeconds: 5,
        BisectBatchOnFunctionError: false,
        ParallelizationFactor: 1,
        TumblingWindowInSeconds: 900,
        MaximumRetryAttempts: -1,
        MaximumRecordAgeInSeconds: 23 * 3600,
        DestinationConfig: { OnFailure: { Destination: arnOf('jobdeck-prod-counters-dead-letters') } },
      });
    },
  );

  test('deliver ended runs to the notifier in whole batches, until they are too old', () => {
    const mapping = readersOf('runs').get('jobdeck-prod-notifier');
    expect(mapping).toMatchObject({
      BatchSize: 500,
      BisectBatchOnFunctionError: false,
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: 23 * 3600,
      DestinationConfig: { OnFailure: { Destination: arnOf('jobdeck-prod-notifications-dead-letters') } },
    });
    expect(mapping).not.toHaveProperty('TumblingWindowInSeconds');
  });

  const passes = (table: string, record: object, reader = 'counters') =>
    compileFilters(patternsOf(readersOf(table).get(`jobdeck-prod-${reader}`)))(record);
  const ofKey = (sk: string, images: object = {}) => ({ dynamodb: { Keys: { sk: { S: sk } }, ...images } });
  const plain = { state: { S: 'running' } };
  const beat = { ...plain, beat: { BOOL: true } };
  const touched = { ...plain, touched: { BOOL: true } };

  test.each([
    ['a run that was made', 'runs', ofKey('R#1', { NewImage: plain }), true],
    ['a run that was purged', 'runs', ofKey('R#1', { OldImage: plain }), true],
    ['a run that was purged after a heartbeat', 'runs', ofKey('R#1', { OldImage: beat }), true],
    ['a run that ended after a heartbeat', 'runs', ofKey('R#1', { OldImage: beat, NewImage: plain }), true],
    ['a heartbeat', 'runs', ofKey('R#1', { OldImage: plain, NewImage: beat }), false],
    ['a run that a rebuild touched', 'runs', ofKey('R#1', { OldImage: beat, NewImage: touched }), true],
    ['a fence of a rebuild', 'runs', ofKey('FENCE#1', { NewImage: plain }), true],
    ['a skipped tick', 'runs', ofKey('S#1', { NewImage: plain }), false],
    ['a definition', 'jobs', ofKey('DEF#a', { NewImage: plain }), true],
    ['a definition that was deleted', 'jobs', ofKey('DEF#a', { OldImage: plain }), true],
    ['a registration', 'jobs', ofKey('REG#a', { NewImage: plain }), true],
    ['the state of a job', 'jobs', ofKey('STATE#a', { NewImage: plain }), false],
  ])('deliver %s to the counters: %s', (_what, table, record, expected) => {
    expect(passes(table, record)).toBe(expected);
  });

  const key = { sk: { S: 'R#1' } };
  const late = { ...key, lateStartAt: { S: 'now' } };
  const stateOf = (state: string, more: object = {}) => ({ state: { S: state }, ...more });
  test.each([
    ['a run that failed', ofKey('R#1', { OldImage: beat, NewImage: stateOf('failed') }), true],
    ['a run that completed', ofKey('R#1', { OldImage: stateOf('stopping'), NewImage: stateOf('completed') }), true],
    ['an unclaimed run that failed', ofKey('R#1', { OldImage: stateOf('queued'), NewImage: stateOf('failed') }), true],
    ['a run that was canceled', ofKey('R#1', { OldImage: plain, NewImage: stateOf('canceled') }), false],
    ['a run that was found to be late', ofKey('R#1', { OldImage: key, NewImage: { lateStartAt: { S: 'now' } } }), true],
    ['a run that takes too long', ofKey('R#1', { OldImage: key, NewImage: { lateFinishAt: { S: 'now' } } }), true],
    ['what comes after', ofKey('R#1', { OldImage: late, NewImage: { ...late, ...plain } }), false],
    ['a late run that was restored', ofKey('R#1', { NewImage: late }), false],
    ['a run that was claimed', ofKey('R#1', { OldImage: stateOf('queued'), NewImage: plain }), false],
    ['a heartbeat', ofKey('R#1', { OldImage: plain, NewImage: beat }), false],
    [
      'a failed run that a rebuild touched',
      ofKey('R#1', { OldImage: stateOf('failed'), NewImage: stateOf('failed') }),
      false,
    ],
    ['a failed run that was restored', ofKey('R#1', { NewImage: stateOf('failed') }), false],
    ['a failed run that was purged', ofKey('R#1', { OldImage: stateOf('failed') }), false],
    ['a step of a flow that failed', ofKey('E#1', { OldImage: plain, NewImage: stateOf('failed') }), false],
  ])('deliver %s to the notifier: %s', (_what, record, expected) => {
    expect(passes('runs', record, 'notifier')).toBe(expected);
  });
});

describe('platform crons', () => {
  const crons = named(prod.of('AWS::Scheduler::Schedule'), 'Name');

  test('invoke the counter reconciler every hour', () => {
    expect(crons.get('jobdeck-prod-audit')?.Properties).toMatchObject({
      ScheduleExpression: 'rate(1 hour)',
      Target: { Arn: functionArn('jobdeck-prod-counter-reconciler') },
    });
  });

  test.each(['sweep-dispatcher', 'publisher'])('invoke the %s every minute; failures become dead letters', (name) => {
    const dlqArn = arnOf('jobdeck-prod-platform-dead-letters');
    expect(crons.get(`jobdeck-prod-${name}`)?.Properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: functionArn(`jobdeck-prod-${name}`),
        DeadLetterConfig: { Arn: dlqArn },
        RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 2 },
      },
    });
    const invoked = named(prod.of('AWS::Lambda::EventInvokeConfig'), 'FunctionName');
    expect(invoked.get(`jobdeck-prod-${name}`)?.Properties).toMatchObject({
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: dlqArn } },
    });
  });

  test("use a schedule group apart from the tenants' schedules", () => {
    const groups = prod.of('AWS::Scheduler::ScheduleGroup').map(({ Properties }) => String(Properties.Name));
    expect(groups.sort()).toEqual(['jobdeck-prod', 'jobdeck-prod-platform']);
    expect(environment(prod.fn('registrar'))[Env.scheduleGroup]).toBe('jobdeck-prod');
    for (const { Properties } of crons.values()) expect(Properties.GroupName).toBe('jobdeck-prod-platform');
  });

  function functionArn(name: string): string {
    return `arn:aws:lambda:eu-central-1:111122223333:function:${name}`;
  }
});

describe('HTTP API', () => {
  const tables: readonly (Route & { readonly fn: string })[] = [
    ...surfaces.flatMap(({ name, routes }) =>
      routes.map((route) => ({ ...route, path: gatewayPath(route.path), fn: `api-${name}` })),
    ),
    ...consoleRoutes.map((route) => ({ ...route, fn: 'console' })),
  ];

  test('has all routes of the surfaces and the console, a route for other methods of each path, and a default route', () => {
    const routes = prod.of('AWS::ApiGatewayV2::Route').map(({ Properties }) => String(Properties.RouteKey));
    const others = [...new Set(tables.map(({ path }) => `ANY ${path}`)), '$default'];
    expect(routes.sort()).toEqual([...tables.map(({ method, path }) => `${method} ${path}`), ...others].sort());
  });

  test("routes other methods of a path to the path's function, and other paths to the console", () => {
    const integrations = new Map(prod.of('AWS::ApiGatewayV2::Integration').map((one) => [one.id, one.Properties]));
    const functionOf = (key: string) => {
      const route = prod.of('AWS::ApiGatewayV2::Route').find(({ Properties }) => Properties.RouteKey === key);
      const target = integrations.get(String(route?.Properties.Target).replace('integrations/', ''));
      return String(target?.IntegrationUri).split(':function:jobdeck-prod-')[1];
    };

    for (const { fn, path } of tables) expect(functionOf(`ANY ${path}`)).toBe(fn);
    expect(functionOf('$default')).toBe('console');
  });

  test('has fewer than 300 routes, the limit of an API', () => {
    expect(prod.of('AWS::ApiGatewayV2::Route').length).toBeLessThan(300);
  });

  test('routes each request to the function of its surface', () => {
    const integrations = new Map(prod.of('AWS::ApiGatewayV2::Integration').map((one) => [one.id, one.Properties]));
    for (const { fn, method, path } of tables) {
      const route = prod
        .of('AWS::ApiGatewayV2::Route')
        .find(({ Properties }) => Properties.RouteKey === `${method} ${path}`);
      const target = integrations.get(String(route?.Properties.Target).replace('integrations/', ''));
      expect(target).toMatchObject({ PayloadFormatVersion: '2.0', IntegrationType: 'AWS_PROXY' });
      expect(target?.IntegrationUri).toMatch(new RegExp(`:function:jobdeck-prod-${fn}$`));
    }
  });

  test('requires a token for all routes that are not public by design', () => {
    const open = tables.filter(({ action }) => action === 'public').map(({ method, path }) => `${method} ${path}`);
    const page = ['/', '/openapi.json', '/docs', '/settings/integrations', '/console', '/console/{proxy+}'];
    const itsParts = ['/console/config.json', '/console/assets/{file}'];
    const gets = ['/health', '/status', ...page, ...itsParts].map((path) => `GET ${path}`);
    expect(open.toSorted()).toEqual([...gets, 'POST /hooks/{hook}'].toSorted());
  });

  test('allows no other origin', () => {
    expect(prod.only('AWS::ApiGatewayV2::Api')).not.toHaveProperty('CorsConfiguration');
  });

  test('throttles every route', () => {
    const stage = prod.only('AWS::ApiGatewayV2::Stage');
    const limits = { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 };
    expect(stage.DefaultRouteSettings).toMatchObject(limits);
    for (const settings of Object.values(stage.RouteSettings as object)) expect(settings).toMatchObject(limits);
  });

  test('logs requests without headers, paths and query strings, which may contain tokens', () => {
    const { Format } = prod.only('AWS::ApiGatewayV2::Stage').AccessLogSettings as { Format: string };
    const fields = Object.values(JSON.parse(Format) as Record<string, string>);
    expect(fields).toContain('$context.routeKey');
    expect(fields.filter((field) => !field.startsWith('$context.'))).toEqual([]);
    expect(Format).not.toMatch(/header|authorizer|query|context\.path/i);
  });
});

describe('user pool', () => {
  const pool = prod.only('AWS::Cognito::UserPool');
  const client = prod.only('AWS::Cognito::UserPoolClient');

  test('creates users by administrators only, with an immutable tenant', () => {
    expect(pool).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      Schema: [expect.objectContaining({ Name: 'tenant', Mutable: false })],
    });
  });

  test('offers one-time passwords of an authenticator app', () => {
    expect(pool).toMatchObject({ MfaConfiguration: 'OPTIONAL', EnabledMfas: ['SOFTWARE_TOKEN_MFA'] });
  });

  test('forbids writing the tenant and includes it in ID tokens', () => {
    expect(client.WriteAttributes).toEqual(['name']);
    expect(client.ReadAttributes).toContain('custom:tenant');
  });

  test('configures all surfaces to accept its tokens only', () => {
    for (const { name } of surfaces) {
      expect(environment(prod.fn(`api-${name}`))).toMatchObject({
        [Env.issuer]: prod.outputs.Issuer,
        [Env.audience]: prod.outputs.UserPoolClientId,
        [Env.jwksUri]: `${String(prod.outputs.Issuer)}/.well-known/jwks.json`,
        [Env.tenantClaim]: 'custom:tenant',
        [Env.rolesClaim]: 'cognito:groups',
      });
    }
  });
});

describe('existing issuer', () => {
  test('replaces the user pool', () => {
    expect(acme.resources.filter(({ Type }) => Type.startsWith('AWS::Cognito::'))).toEqual([]);
    expect(acme.outputs).toMatchObject({ Issuer: ISSUER });
    expect(acme.outputs).not.toHaveProperty('UserPoolId');
    for (const { name } of surfaces) {
      expect(environment(acme.fn(`api-${name}`))).toMatchObject({
        [Env.issuer]: ISSUER,
        [Env.audience]: 'jobdeck',
        [Env.jwksUri]: `${ISSUER}/.well-known/jwks.json`,
        [Env.tenantClaim]: 'org',
        [Env.rolesClaim]: 'roles',
      });
    }
  });
});

describe('alarms', () => {
  const alarms = named(prod.of('AWS::CloudWatch::Alarm'), 'AlarmName');

  test('exist for exactly the names of the runbook', () => {
    expect([...alarms.keys()].sort()).toEqual(ALARM_NAMES.map((name) => `jobdeck-prod-${name}`).sort());
  });

  test('notify with a description and a runbook link when they start and end', () => {
    const topic = prod.only('AWS::SNS::Topic').TopicName;
    for (const name of ALARM_NAMES) {
      const properties = alarms.get(`jobdeck-prod-${name}`)?.Properties;
      expect(properties?.AlarmDescription).toBe(`${ALARM_DESCRIPTIONS[name]} Runbook: lib/RUNBOOK.md#${name}`);
      expect(properties?.AlarmActions).toEqual([expect.stringMatching(new RegExp(`:${String(topic)}$`))]);
      expect(properties?.OKActions).toEqual(properties?.AlarmActions);
    }
  });

  test('notify the configured address, or no address', () => {
    expect(acme.only('AWS::SNS::Subscription')).toMatchObject({ Protocol: 'email', Endpoint: 'oncall@example.test' });
    expect(prod.of('AWS::SNS::Subscription')).toEqual([]);
  });

  test('cover every dead-letter queue', () => {
    for (const queue of [...queues.keys()].filter((name) => name.endsWith('-dead-letters'))) {
      const metrics = JSON.stringify(alarms.get(queue)?.Properties.Metrics);
      expect(metrics).toContain(`"Value":"${queue}"`);
    }
  });

  test("use the stage's custom metrics and detect missing data", () => {
    const ours = [...alarms.values()].map(({ Properties }) => Properties).filter((one) => one.Namespace === 'Jobdeck');
    expect(ours.map(({ MetricName }) => String(MetricName)).sort()).toEqual([
      'CounterDrift',
      'LateStarts',
      'MissedTicks',
      'NotificationsFailed',
      'OldestPendingAge',
      'RegistrationsDeferred',
      'RunsFailed',
    ]);
    for (const { MetricName, Dimensions } of ours) {
      expect(Object.keys(METRICS)).toContain(MetricName);
      expect(Dimensions).toEqual([{ Name: 'stage', Value: 'prod' }]);
    }
    expect(alarms.get('jobdeck-prod-metrics-silent')?.Properties.TreatMissingData).toBe('breaching');
  });

  test('use the configured health thresholds', () => {
    const thresholds = (stage: Synthesized) =>
      ['oldest-pending-age', 'failed-runs'].map(
        (name) =>
          named(stage.of('AWS::CloudWatch::Alarm'), 'AlarmDescription').get(
            `${ALARM_DESCRIPTIONS[name as AlarmName]} Runbook: lib/RUNBOOK.md#${name}`,
          )?.Properties.Threshold,
      );
    expect(thresholds(prod)).toEqual([3600, 2]);
    expect(thresholds(acme)).toEqual([1800, 5]);
  });

  test('go off for any counter drift', () => {
    expect(alarms.get('jobdeck-prod-counter-drift')?.Properties).toMatchObject({
      MetricName: 'CounterDrift',
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    });
  });

  test('cover the iterator age of the counters', () => {
    expect(alarms.get('jobdeck-prod-counters-iterator-age')?.Properties).toMatchObject({
      MetricName: 'IteratorAge',
      Dimensions: [{ Name: 'FunctionName', Value: 'jobdeck-prod-counters' }],
    });
  });

  test('may publish to the topic despite its custom policy', () => {
    const { Statement } = prod.only('AWS::SNS::TopicPolicy').PolicyDocument as { Statement: unknown[] };
    expect(Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
      }),
    );
  });
});
