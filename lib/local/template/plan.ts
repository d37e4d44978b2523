import { join } from 'node:path';
import type { TableDefinition } from '../dynamodb/tables.ts';
import type { RoleDefinition } from '../iam/local-iam.ts';
import { parseStatements, type Statement } from '../iam/policy.ts';
import type { KeyDefinition } from '../kms.ts';
import { describe, Properties } from './properties.ts';
import { NotEmulated, type Resource } from './resolve.ts';

/** The resources that the local system runs. */
export interface Plan {
  readonly tables: readonly TableDefinition[];
  readonly queues: readonly QueueDefinition[];
  readonly buckets: readonly string[];
  readonly keys: readonly KeyDefinition[];
  readonly functions: readonly FunctionDefinition[];
  readonly roles: readonly RoleDefinition[];
  readonly queueSources: readonly QueueSourceDefinition[];
  readonly streamSources: readonly StreamSourceDefinition[];
  readonly routes: readonly RouteDefinition[];
  readonly scheduleGroups: readonly string[];
  /** Properties in the syntax of CreateSchedule. */
  readonly schedules: readonly Readonly<Record<string, unknown>>[];
}

export interface QueueDefinition {
  readonly name: string;
  /** Attributes in the syntax of CreateQueue. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  /** ARN of the execution role. */
  readonly roleArn: string;
  /** Absolute path of the module that exports the handler. */
  readonly bundle: string;
  readonly handlerExport: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly reservedConcurrency?: number;
  readonly recursiveLoop: 'Allow' | 'Terminate';
  readonly asynchronous: AsynchronousDefinition;
}

/** Configuration of asynchronous invocations. Absent values use Lambda's defaults. */
export interface AsynchronousDefinition {
  readonly maximumRetryAttempts?: number;
  readonly maximumEventAgeMs?: number;
  readonly onFailureQueueArn?: string;
}

interface SourceDefinition {
  readonly functionName: string;
  readonly batchSize?: number;
  readonly maximumBatchingWindowMs?: number;
  readonly reportBatchItemFailures: boolean;
  /** Patterns as JSON. */
  readonly filters: readonly string[];
}

export interface QueueSourceDefinition extends SourceDefinition {
  readonly queueArn: string;
  readonly maximumConcurrency?: number;
}

export interface StreamSourceDefinition extends SourceDefinition {
  /** Stack and logical id; key of the checkpoint. */
  readonly id: string;
  readonly tableName: string;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  readonly bisectBatchOnFunctionError: boolean;
  readonly maximumRetryAttempts?: number;
  readonly maximumRecordAgeSeconds?: number;
  readonly tumblingWindowSeconds?: number;
  readonly onFailureQueueArn?: string;
}

export interface RouteDefinition {
  readonly routeKey: string;
  readonly functionName: string;
  readonly timeoutMs?: number;
}

/** Resource types without effect in the local system, and the reason. */
export const IGNORED_TYPES: Readonly<Record<string, string>> = {
  'AWS::IAM::ManagedPolicy': 'the user of this machine has all permissions',
  'AWS::Lambda::Permission': 'the user of this machine has all permissions',
  'AWS::SQS::QueuePolicy': 'the user of this machine has all permissions',
  'AWS::SNS::TopicPolicy': 'the user of this machine has all permissions',
  'AWS::S3::BucketPolicy': 'the user of this machine has all permissions',
  'AWS::Events::Rule': 'ecs/ reports the ends of tasks itself; the sweep reads the states of other executions',
  'AWS::Logs::LogGroup': 'logs go to the terminal',
  'AWS::Logs::ResourcePolicy': 'logs go to the terminal',
  'AWS::CloudWatch::Alarm': 'alarms of this machine have no receiver',
  'AWS::CloudWatch::CompositeAlarm': 'alarms of this machine have no receiver',
  'AWS::CloudWatch::Dashboard': 'there are no metrics to show',
  'AWS::SNS::Topic': 'only alarms publish to topics',
  'AWS::SNS::Subscription': 'only alarms publish to topics',
  'AWS::Cognito::UserPool': 'the local issuer stands in for it',
  'AWS::Cognito::UserPoolClient': 'the local issuer stands in for it',
  'AWS::Cognito::UserPoolDomain': 'the local issuer stands in for it',
  'AWS::Cognito::UserPoolGroup': 'the local issuer stands in for it',
  'AWS::ApplicationAutoScaling::ScalableTarget': 'the tables of this machine have no limit',
  'AWS::ApplicationAutoScaling::ScalingPolicy': 'the tables of this machine have no limit',
  'AWS::CDK::Metadata': 'metadata of the template',
};

/**
 * Converts the template's resources to a plan.
 *
 * @throws NotEmulated for an unsupported type or property; the message names the resource
 */
export function createPlan(resources: readonly Resource[]): Plan {
  const resourcesOf = (type: string) => resources.filter((resource) => resource.type === type);
  const emulated = new Set(Object.keys(READERS));
  const unsupported = resources.find(({ type }) => !emulated.has(type) && !(type in IGNORED_TYPES));
  if (unsupported)
    throw new NotEmulated(`${describe(unsupported)}: this type of resource is not emulated on this machine`);

  for (const stage of resourcesOf('AWS::ApiGatewayV2::Stage')) READERS['AWS::ApiGatewayV2::Stage'](stage);
  for (const api of resourcesOf('AWS::ApiGatewayV2::Api')) READERS['AWS::ApiGatewayV2::Api'](api);
  const integrations = new Map(
    resourcesOf('AWS::ApiGatewayV2::Integration').map(
      (r) => [r.name, READERS['AWS::ApiGatewayV2::Integration'](r)] as const,
    ),
  );
  const invokeConfigs = new Map(
    resourcesOf('AWS::Lambda::EventInvokeConfig').map((r) => READERS['AWS::Lambda::EventInvokeConfig'](r)),
  );
  const sources = resourcesOf('AWS::Lambda::EventSourceMapping').map(READERS['AWS::Lambda::EventSourceMapping']);
  return {
    tables: resourcesOf('AWS::DynamoDB::Table').map(READERS['AWS::DynamoDB::Table']),
    queues: resourcesOf('AWS::SQS::Queue').map(READERS['AWS::SQS::Queue']),
    buckets: resourcesOf('AWS::S3::Bucket').map(READERS['AWS::S3::Bucket']),
    keys: toKeys(resourcesOf('AWS::KMS::Key'), resourcesOf('AWS::KMS::Alias')),
    functions: resourcesOf('AWS::Lambda::Function').map((resource) => ({
      ...READERS['AWS::Lambda::Function'](resource),
      asynchronous: invokeConfigs.get(resource.name) ?? {},
    })),
    roles: toRoles(resourcesOf('AWS::IAM::Role'), resourcesOf('AWS::IAM::Policy')),
    queueSources: sources.filter((source) => 'queueArn' in source),
    streamSources: sources.filter((source) => 'tableName' in source),
    routes: resourcesOf('AWS::ApiGatewayV2::Route').map((r) => READERS['AWS::ApiGatewayV2::Route'](r, integrations)),
    scheduleGroups: resourcesOf('AWS::Scheduler::ScheduleGroup').map(READERS['AWS::Scheduler::ScheduleGroup']),
    schedules: resourcesOf('AWS::Scheduler::Schedule').map(READERS['AWS::Scheduler::Schedule']),
  };
}

/** Returns the KMS keys with their aliases. */
function toKeys(keys: readonly Resource[], aliases: readonly Resource[]): readonly KeyDefinition[] {
  const named = aliases.map(READERS['AWS::KMS::Alias']);
  return keys.map((resource) => {
    const { ref: id = '', attributes } = resource.identity ?? {};
    const arn = attributes?.Arn ?? '';
    const own = named.filter(({ target }) => target === id || target === arn).map(({ alias }) => alias);
    READERS['AWS::KMS::Key'](resource);
    return { id, arn, aliases: own };
  });
}

/** Returns the roles with the statements of their attached policies. */
function toRoles(roles: readonly Resource[], policies: readonly Resource[]): readonly RoleDefinition[] {
  const attached = policies.map(READERS['AWS::IAM::Policy']);
  return roles.map((resource) => ({
    arn: resource.identity?.attributes.Arn ?? '',
    trust: READERS['AWS::IAM::Role'](resource),
    statements: attached.flatMap(({ roleNames, statements }) => (roleNames.includes(resource.name) ? statements : [])),
  }));
}

type Integration = Omit<RouteDefinition, 'routeKey'>;

const READERS = {
  'AWS::DynamoDB::Table': (resource: Resource): TableDefinition => {
    const p = Properties.of(resource, [
      'BillingMode',
      'ContributorInsightsSpecification',
      'DeletionProtectionEnabled',
      'PointInTimeRecoverySpecification',
      'ProvisionedThroughput',
      'SSESpecification',
      'TableClass',
    ]);
    p.get('TableName');
    const stream = p.section('StreamSpecification')?.text('StreamViewType');
    const ttl = p.section('TimeToLiveSpecification');
    const indexes = (p.list('GlobalSecondaryIndexes') as ProvisionedIndex[]).map(
      ({ ProvisionedThroughput: _, ...index }) => index,
    );
    const table: TableDefinition = {
      TableName: resource.name,
      KeySchema: p.list('KeySchema') as TableDefinition['KeySchema'],
      AttributeDefinitions: p.list('AttributeDefinitions') as TableDefinition['AttributeDefinitions'],
      ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
      ...(stream !== undefined && { StreamSpecification: { StreamViewType: stream } }),
      ...(ttl && {
        TimeToLiveSpecification: { AttributeName: ttl.text('AttributeName'), Enabled: ttl.optionalFlag('Enabled') },
      }),
    };
    p.assertNoOthers();
    return table;
  },

  'AWS::SQS::Queue': (resource: Resource): QueueDefinition => {
    const p = Properties.of(resource, [
      'KmsDataKeyReusePeriodSeconds',
      'KmsMasterKeyId',
      'RedriveAllowPolicy',
      'SqsManagedSseEnabled',
    ]);
    p.get('QueueName');
    const attributes: Record<string, string> = {};
    for (const name of QUEUE_NUMBERS) {
      const value = p.optionalNumber(name);
      if (value !== undefined) attributes[name] = String(value);
    }
    const redrive = p.get('RedrivePolicy');
    if (redrive !== undefined) attributes.RedrivePolicy = JSON.stringify(redrive);
    p.assertNoOthers();
    return { name: resource.name, attributes };
  },

  'AWS::S3::Bucket': (resource: Resource): string => {
    const p = Properties.of(resource, [
      'BucketEncryption',
      'BucketName',
      'LifecycleConfiguration',
      'LoggingConfiguration',
      'OwnershipControls',
      'PublicAccessBlockConfiguration',
    ]);
    p.assertNoOthers();
    return resource.name;
  },

  'AWS::KMS::Key': (resource: Resource): void => {
    // The key policy delegates to the account's IAM policies, which are enforced.
    const p = Properties.of(resource, [
      'Description',
      'EnableKeyRotation',
      'KeyPolicy',
      'PendingWindowInDays',
      'RotationPeriodInDays',
    ]);
    p.oneOf('KeySpec', ['SYMMETRIC_DEFAULT']);
    p.oneOf('KeyUsage', ['ENCRYPT_DECRYPT']);
    p.assertNoOthers();
  },

  'AWS::KMS::Alias': (resource: Resource): { readonly alias: string; readonly target: string } => {
    const p = Properties.of(resource);
    const alias = { alias: p.text('AliasName'), target: p.text('TargetKeyId') };
    p.assertNoOthers();
    return alias;
  },

  'AWS::IAM::Role': (resource: Resource): readonly Statement[] => {
    const p = Properties.of(resource, ['Description', 'MaxSessionDuration', 'Path', 'RoleName']);
    const trust = parseStatements(p.get('AssumeRolePolicyDocument'), describe(resource));
    p.assertNoOthers();
    return trust;
  },

  'AWS::IAM::Policy': (resource: Resource): { roleNames: readonly unknown[]; statements: readonly Statement[] } => {
    const p = Properties.of(resource, ['PolicyName']);
    const statements = parseStatements(p.get('PolicyDocument'), describe(resource));
    const roleNames = p.list('Roles');
    p.assertNoOthers();
    return { roleNames, statements };
  },

  'AWS::Lambda::Function': (resource: Resource): Omit<FunctionDefinition, 'asynchronous'> => {
    const p = Properties.of(resource, [
      'Architectures',
      'Description',
      'EphemeralStorage',
      'LoggingConfig',
      'TracingConfig',
    ]);
    p.get('FunctionName');
    p.oneOf('Runtime', ['nodejs24.x']);
    p.oneOf('PackageType', ['Zip']);
    const key = p.section('Code', ['S3Bucket'])?.text('S3Key') ?? '';
    const folder = resource.assets.get(key);
    if (!folder) throw new NotEmulated(`${describe(resource)}: its code ${key} is not among the assembly's assets`);
    const [file = 'index', handlerExport = 'handler'] = p.text('Handler').split('.');
    const reserved = p.optionalNumber('ReservedConcurrentExecutions');
    const variables = Object.entries(p.section('Environment')?.get('Variables') ?? {});
    const definition = {
      name: resource.name,
      arn: resource.identity?.attributes.Arn ?? '',
      roleArn: p.optionalText('Role') ?? '',
      bundle: join(folder, `${file}.mjs`),
      handlerExport,
      env: Object.fromEntries(variables.map(([name, value]) => [name, String(value)])),
      timeoutMs: (p.optionalNumber('Timeout') ?? 3) * 1_000,
      memoryMb: p.optionalNumber('MemorySize') ?? 128,
      ...(reserved !== undefined && { reservedConcurrency: reserved }),
      recursiveLoop: p.oneOf('RecursiveLoop', ['Allow', 'Terminate']) ?? 'Terminate',
    };
    p.assertNoOthers();
    return definition;
  },

  'AWS::Lambda::EventInvokeConfig': (resource: Resource): [string, AsynchronousDefinition] => {
    const p = Properties.of(resource);
    p.oneOf('Qualifier', ['$LATEST']);
    const age = p.optionalNumber('MaximumEventAgeInSeconds');
    const attempts = p.optionalNumber('MaximumRetryAttempts');
    const onFailure = onFailureQueue(p, 'DestinationConfig');
    const name = p.text('FunctionName');
    p.assertNoOthers();
    const definition = {
      ...(attempts !== undefined && { maximumRetryAttempts: attempts }),
      ...(age !== undefined && { maximumEventAgeMs: age * 1_000 }),
      ...(onFailure !== undefined && { onFailureQueueArn: onFailure }),
    };
    return [parseFunctionName(name), definition];
  },

  'AWS::Lambda::EventSourceMapping': (resource: Resource): QueueSourceDefinition | StreamSourceDefinition => {
    const p = Properties.of(resource);
    const source = p.text('EventSourceArn');
    const batchSize = p.optionalNumber('BatchSize');
    const window = p.optionalNumber('MaximumBatchingWindowInSeconds');
    const responses = p.list('FunctionResponseTypes');
    const criteria = p.section('FilterCriteria')?.list('Filters') ?? [];
    if (p.get('Enabled') === false) throw new NotEmulated(`${describe(resource)}: a disabled mapping is not emulated`);
    const common: SourceDefinition = {
      functionName: parseFunctionName(p.text('FunctionName')),
      ...(batchSize !== undefined && { batchSize }),
      ...(window !== undefined && { maximumBatchingWindowMs: window * 1_000 }),
      reportBatchItemFailures: responses.includes('ReportBatchItemFailures'),
      filters: criteria.map((filter) => (filter as { Pattern: string }).Pattern),
    };
    const queue = source.split(':')[2] === 'sqs';
    const definition = queue ? queueSource(p, source, common) : streamSource(p, resource, source, common);
    p.assertNoOthers();
    return definition;
  },

  'AWS::ApiGatewayV2::Api': (resource: Resource): void => {
    const p = Properties.of(resource, ['Name', 'Description']);
    p.oneOf('ProtocolType', ['HTTP']);
    p.assertNoOthers();
  },

  'AWS::ApiGatewayV2::Stage': (resource: Resource): void => {
    const p = Properties.of(resource, [
      'AccessLogSettings',
      'ApiId',
      'AutoDeploy',
      'DefaultRouteSettings',
      'Description',
      'RouteSettings',
    ]);
    p.oneOf('StageName', ['$default']);
    p.assertNoOthers();
  },

  'AWS::ApiGatewayV2::Integration': (resource: Resource): Integration => {
    const p = Properties.of(resource, ['ApiId', 'Description', 'IntegrationMethod']);
    p.oneOf('IntegrationType', ['AWS_PROXY']);
    p.oneOf('PayloadFormatVersion', ['2.0']);
    const timeoutMs = p.optionalNumber('TimeoutInMillis');
    const functionName = parseFunctionName(p.text('IntegrationUri'));
    p.assertNoOthers();
    return { functionName, ...(timeoutMs !== undefined && { timeoutMs }) };
  },

  'AWS::ApiGatewayV2::Route': (resource: Resource, integrations: ReadonlyMap<string, Integration>): RouteDefinition => {
    const p = Properties.of(resource, ['ApiId', 'OperationName']);
    p.oneOf('AuthorizationType', ['NONE']);
    const target = p.text('Target');
    const integration = integrations.get(target.replace(/^integrations\//, ''));
    if (!integration) throw new NotEmulated(`${describe(resource)}: there is no integration ${target}`);
    const routeKey = p.text('RouteKey');
    p.assertNoOthers();
    return { routeKey, ...integration };
  },

  'AWS::Scheduler::ScheduleGroup': (resource: Resource): string => {
    const p = Properties.of(resource, ['Name']);
    p.assertNoOthers();
    return resource.name;
  },

  'AWS::Scheduler::Schedule': (resource: Resource): Readonly<Record<string, unknown>> => {
    const { StartDate, EndDate, ...rest } = resource.properties;
    const seconds = (date: unknown) => new Date(String(date)).getTime() / 1_000;
    return {
      ...rest,
      Name: resource.name,
      ...(StartDate !== undefined && { StartDate: seconds(StartDate) }),
      ...(EndDate !== undefined && { EndDate: seconds(EndDate) }),
    };
  },
} as const;

type ProvisionedIndex = NonNullable<TableDefinition['GlobalSecondaryIndexes']>[number] & {
  /** Without effect: the local tables have no limit. */
  readonly ProvisionedThroughput?: unknown;
};

const QUEUE_NUMBERS = [
  'DelaySeconds',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'VisibilityTimeout',
];

function queueSource(p: Properties, queueArn: string, common: SourceDefinition): QueueSourceDefinition {
  const concurrency = p.section('ScalingConfig')?.optionalNumber('MaximumConcurrency');
  return { ...common, queueArn, ...(concurrency !== undefined && { maximumConcurrency: concurrency }) };
}

function streamSource(
  p: Properties,
  resource: Resource,
  streamArn: string,
  common: SourceDefinition,
): StreamSourceDefinition {
  const table = /:dynamodb:[^:]*:[^:]*:table\/([^/]+)\/stream\//.exec(streamArn)?.[1];
  if (!table) {
    throw new NotEmulated(`${describe(resource)}: only queues and DynamoDB streams are emulated, got ${streamArn}`);
  }
  const age = p.optionalNumber('MaximumRecordAgeInSeconds');
  const attempts = p.optionalNumber('MaximumRetryAttempts');
  if ((p.optionalNumber('ParallelizationFactor') ?? 1) !== 1) {
    throw new NotEmulated(`${describe(resource)}: a ParallelizationFactor other than 1 is not emulated`);
  }
  const tumbling = p.optionalNumber('TumblingWindowInSeconds');
  const onFailure = onFailureQueue(p, 'DestinationConfig');
  return {
    ...common,
    id: `${resource.stack}/${resource.logicalId}`,
    tableName: table,
    startingPosition: p.oneOf('StartingPosition', ['TRIM_HORIZON', 'LATEST']) ?? 'TRIM_HORIZON',
    bisectBatchOnFunctionError: p.optionalFlag('BisectBatchOnFunctionError'),
    ...(attempts !== undefined && { maximumRetryAttempts: attempts }),
    ...(age !== undefined && { maximumRecordAgeSeconds: age }),
    ...(tumbling !== undefined && { tumblingWindowSeconds: tumbling }),
    ...(onFailure !== undefined && { onFailureQueueArn: onFailure }),
  };
}

function onFailureQueue(p: Properties, name: string): string | undefined {
  const config = p.section(name);
  const destination = config?.section('OnFailure')?.text('Destination');
  config?.assertNoOthers();
  if (destination !== undefined && destination.split(':')[2] !== 'sqs') {
    throw new NotEmulated(`${name}.OnFailure must be a queue on this machine, got ${destination}`);
  }
  return destination;
}

/** Extracts the function name from an ARN; returns other values unchanged. */
function parseFunctionName(reference: string): string {
  return /:function:([^:/]+)/.exec(reference)?.[1] ?? reference;
}
