import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readAssembly } from '../../../../../lib/local/template/assembly.ts';
import { createPlan, type Plan } from '../../../../../lib/local/template/plan.ts';
import { resolveStacks } from '../../../../../lib/local/template/resolve.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';

const ENDPOINTS = {
  sqs: 'http://127.0.0.1:1111',
  api: 'http://127.0.0.1:2222',
  issuer: 'http://127.0.0.1:2222/.issuer',
  clientId: 'client',
};
const HANDLER = {
  Type: 'AWS::Lambda::Function',
  Properties: {
    FunctionName: 'worker',
    Handler: 'index.handler',
    Runtime: 'nodejs24.x',
    Role: 'role',
    Code: { S3Bucket: 'assets', S3Key: 'abc.zip' },
  },
};

type Template = Readonly<Record<string, unknown>>;

/** Writes stacks as `cdk synth` does, with the asset `abc.zip`, and creates their plan. */
function plan(stacks: Readonly<Record<string, Template>>): Plan & { readonly folder: string } {
  const folder = temporaryFolder();
  const write = (file: string, document: object) => writeFileSync(join(folder, file), JSON.stringify(document));
  mkdirSync(join(folder, 'asset.abc'));
  write('assets.json', {
    files: { abc: { source: { path: 'asset.abc' }, destinations: { here: { objectKey: 'abc.zip' } } } },
  });
  const artifacts = Object.keys(stacks).map((name) => {
    return [name, { type: 'aws:cloudformation:stack', properties: { templateFile: `${name}.json` } }] as const;
  });
  const assets = { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } };
  write('manifest.json', { artifacts: { ...Object.fromEntries(artifacts), assets } });
  for (const [name, template] of Object.entries(stacks)) write(`${name}.json`, template);
  return { ...createPlan(resolveStacks(readAssembly(folder), ENDPOINTS)), folder };
}

function resource(Type: string, Properties: object = {}): Template {
  return { Resources: { Thing: { Type, Properties } } };
}

/** Resolves a template value through the environment of a function. */
function resolved(value: unknown, template: Template = {}): string | undefined {
  const environment = { Environment: { Variables: { VALUE: value } } };
  const fn = { ...HANDLER, Properties: { ...HANDLER.Properties, ...environment } };
  const { Resources = {}, ...rest } = template as { Resources?: object };
  const { functions } = plan({ main: { ...rest, Resources: { ...Resources, Function: fn } } });
  return functions[0]?.env.VALUE;
}

describe('intrinsic functions', () => {
  const queue = { Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'runs' } } };
  const conditions = { Yes: { 'Fn::Equals': ['a', 'a'] }, No: { 'Fn::Not': [{ Condition: 'Yes' }] } };

  test.each<[string, unknown, string]>([
    ['Ref', { Ref: 'Queue' }, 'http://127.0.0.1:1111/000000000000/runs'],
    ['Ref of a pseudo parameter', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['Ref of a parameter', { Ref: 'Parameter' }, 'default'],
    ['GetAtt', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:aws:sqs:us-east-1:000000000000:runs'],
    ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'AWS::AccountId' }]] }, 'a-000000000000'],
    ['Select and Split', { 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    ['Sub', { 'Fn::Sub': `\${AWS::Partition}/\${Queue.QueueName}/\${!Literal}` }, `aws/runs/\${Literal}`],
    ['Sub with variables', { 'Fn::Sub': [`\${X}!`, { X: { Ref: 'AWS::Region' } }] }, 'us-east-1!'],
    ['If', { 'Fn::If': ['Yes', 'yes', 'no'] }, 'yes'],
    ['If not', { 'Fn::If': ['No', 'yes', 'no'] }, 'no'],
    ['FindInMap', { 'Fn::FindInMap': ['Map', { Ref: 'AWS::Region' }, 'key'] }, 'mapped'],
  ])('%s', (_, value, expected) => {
    const template = {
      Resources: queue,
      Parameters: { Parameter: { Type: 'String', Default: 'default' } },
      Conditions: conditions,
      Mappings: { Map: { 'us-east-1': { key: 'mapped' } } },
    };

    expect(resolved(value, template)).toBe(expected);
  });

  test('omits a property with AWS::NoValue', () => {
    expect(resolved({ 'Fn::If': ['No', 'x', { Ref: 'AWS::NoValue' }] }, { Conditions: conditions })).toBeUndefined();
  });

  test('imports a value from the exporting stack', () => {
    const exporting = {
      Resources: queue,
      Outputs: { Out: { Value: { 'Fn::GetAtt': ['Queue', 'Arn'] }, Export: { Name: 'data:queue' } } },
    };
    const Variables = { QUEUE: { 'Fn::ImportValue': 'data:queue' } };
    const fn = { ...HANDLER, Properties: { ...HANDLER.Properties, Environment: { Variables } } };

    const { functions } = plan({ main: { Resources: { fn } }, data: exporting });

    expect(functions[0]?.env.QUEUE).toBe('arn:aws:sqs:us-east-1:000000000000:runs');
  });

  test('reads an output of another stack, in either order', () => {
    const producer = { Resources: queue, Outputs: { Out: { Value: { 'Fn::GetAtt': ['Queue', 'Arn'] } } } };
    const output = { StackName: 'data', OutputName: 'Out', Region: { Ref: 'AWS::Region' } };
    const Variables = { QUEUE: { 'Fn::GetStackOutput': output } };
    const fn = { ...HANDLER, Properties: { ...HANDLER.Properties, Environment: { Variables } } };
    const consumer = { Resources: { fn } };

    const plans = [plan({ main: consumer, data: producer }), plan({ data: producer, main: consumer })];

    for (const { functions } of plans) {
      expect(functions[0]?.env.QUEUE).toBe('arn:aws:sqs:us-east-1:000000000000:runs');
    }
  });

  test('omits a resource whose condition is false', () => {
    const Resources = { Queue: { ...queue.Queue, Condition: 'No' } };

    expect(plan({ main: { Resources, Conditions: conditions } }).queues).toEqual([]);
  });

  test.each([
    [{ 'Fn::Cidr': ['10.0.0.0/8', 1, 8] }, /AWS::Lambda::Function main\/Function: the function Fn::Cidr/],
    [{ Ref: 'Nobody' }, /main\/Function: there is no resource or parameter Nobody/],
    [{ 'Fn::GetAtt': ['Queue', 'Colour'] }, /main\/Function: Queue.Colour is not known here/],
    [{ 'Fn::ImportValue': 'nowhere' }, /main\/Function: no stack exports nowhere/],
    [{ 'Fn::GetStackOutput': { StackName: 'a', OutputName: 'b' } }, /main\/Function: there is no stack a/],
    [{ 'Fn::GetStackOutput': { StackName: 'main', OutputName: 'b' } }, /the stack main has no output b/],
    [
      { 'Fn::GetStackOutput': { StackName: 'main', OutputName: 'b', Region: 'eu-west-1' } },
      /outputs of other regions or accounts are not emulated, got main.b/,
    ],
  ])('rejects %j and names the resource', (value, message) => {
    expect(() => resolved(value, { Resources: queue })).toThrow(message);
  });
});

describe('createPlan', () => {
  test('gives a role the statements of its attached policies', () => {
    const statement = (Action: string) => ({ Effect: 'Allow', Action, Resource: '*' });
    const policy = (Action: string, role: string) => ({
      Type: 'AWS::IAM::Policy',
      Properties: { PolicyName: role, PolicyDocument: { Statement: [statement(Action)] }, Roles: [{ Ref: role }] },
    });
    const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: { 'Fn::GetAtt': ['One', 'Arn'] } } };
    const role = (name: string) => ({
      Type: 'AWS::IAM::Role',
      Properties: { RoleName: name, AssumeRolePolicyDocument: { Statement: [trust] } },
    });
    const Resources = {
      One: role('one'),
      Other: role('other'),
      First: policy('sqs:SendMessage', 'One'),
      Second: policy('s3:GetObject', 'One'),
      Third: policy('s3:PutObject', 'Other'),
    };

    const { roles } = plan({ main: { Resources } });

    const one = 'arn:aws:iam::000000000000:role/one';
    expect(roles.map(({ arn, statements }) => [arn, statements.flatMap(({ actions }) => actions)])).toEqual([
      [one, ['sqs:SendMessage', 's3:GetObject']],
      ['arn:aws:iam::000000000000:role/other', ['s3:PutObject']],
    ]);
    expect(roles.flatMap(({ trust: given }) => given.flatMap(({ principals }) => principals))).toEqual([one, one]);
  });

  test('configures a function with its asset and limits', () => {
    const Properties = {
      ...HANDLER.Properties,
      Timeout: 900,
      MemorySize: 1769,
      ReservedConcurrentExecutions: 2,
      RecursiveLoop: 'Allow',
    };
    const invoke = {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: 'Function' },
        Qualifier: '$LATEST',
        MaximumRetryAttempts: 0,
        MaximumEventAgeInSeconds: 60,
        DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:000000000000:dead' } },
      },
    };

    const { functions, folder } = plan({ main: { Resources: { Function: { ...HANDLER, Properties }, invoke } } });

    expect(functions).toEqual([
      {
        name: 'worker',
        arn: 'arn:aws:lambda:us-east-1:000000000000:function:worker',
        roleArn: 'role',
        bundle: join(folder, 'asset.abc', 'index.mjs'),
        handlerExport: 'handler',
        env: {},
        timeoutMs: 900_000,
        memoryMb: 1769,
        reservedConcurrency: 2,
        recursiveLoop: 'Allow',
        asynchronous: {
          maximumRetryAttempts: 0,
          maximumEventAgeMs: 60_000,
          onFailureQueueArn: 'arn:aws:sqs:us-east-1:000000000000:dead',
        },
      },
    ]);
  });

  test('keeps the redrive policy and the timeout of a queue', () => {
    const Resources = {
      Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead', SqsManagedSseEnabled: true } },
      Queue: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          QueueName: 'runs',
          VisibilityTimeout: 180,
          RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 3 },
        },
      },
    };

    const { queues } = plan({ main: { Resources } });

    const RedrivePolicy = '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":3}';
    expect(queues).toEqual([
      { name: 'dead', attributes: {} },
      { name: 'runs', attributes: { VisibilityTimeout: '180', RedrivePolicy } },
    ]);
  });

  test('includes a bucket by its name and ignores its protection', () => {
    const Bucket = {
      Type: 'AWS::S3::Bucket',
      Properties: {
        BucketName: { 'Fn::Join': ['', ['files-', { Ref: 'AWS::AccountId' }, '-', { Ref: 'AWS::Region' }]] },
        BucketEncryption: {},
        LifecycleConfiguration: {},
        LoggingConfiguration: { DestinationBucketName: { Ref: 'Logs' } },
        OwnershipControls: {},
        PublicAccessBlockConfiguration: {},
      },
    };
    const Logs = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'logs' } };
    const Policy = { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: { Ref: 'Bucket' } } };

    expect(plan({ main: { Resources: { Bucket, Logs, Policy } } }).buckets).toEqual([
      'files-000000000000-us-east-1',
      'logs',
    ]);
    expect(resolved({ 'Fn::GetAtt': ['Bucket', 'Arn'] }, { Resources: { Bucket, Logs } })).toBe(
      'arn:aws:s3:::files-000000000000-us-east-1',
    );
  });

  test('ignores the provisioned units of a table and its indexes, and their scaling', () => {
    const ProvisionedThroughput = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };
    const KeySchema = [{ AttributeName: 'pk', KeyType: 'HASH' }];
    const index = { IndexName: 'active', KeySchema, Projection: { ProjectionType: 'KEYS_ONLY' } };
    const Properties = {
      TableName: 'runs',
      KeySchema,
      AttributeDefinitions: [],
      ProvisionedThroughput,
      GlobalSecondaryIndexes: [{ ...index, ProvisionedThroughput }],
    };
    const Resources = {
      Runs: { Type: 'AWS::DynamoDB::Table', Properties },
      Target: { Type: 'AWS::ApplicationAutoScaling::ScalableTarget', Properties: { MinCapacity: 1 } },
    };

    expect(plan({ main: { Resources } }).tables).toEqual([
      { TableName: 'runs', KeySchema, AttributeDefinitions: [], GlobalSecondaryIndexes: [index] },
    ]);
  });

  test('configures a stream mapping with its table and batch settings', () => {
    const Resources = {
      Jobs: {
        Type: 'AWS::DynamoDB::Table',
        Properties: { TableName: 'jobs', KeySchema: [], AttributeDefinitions: [] },
      },
      Function: HANDLER,
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          FunctionName: { Ref: 'Function' },
          EventSourceArn: { 'Fn::GetAtt': ['Jobs', 'StreamArn'] },
          StartingPosition: 'TRIM_HORIZON',
          BatchSize: 25,
          BisectBatchOnFunctionError: true,
          MaximumRetryAttempts: 5,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          FilterCriteria: { Filters: [{ Pattern: '{"a":[1]}' }] },
        },
      },
    };

    expect(plan({ main: { Resources } }).streamSources).toEqual([
      {
        id: 'main/Mapping',
        functionName: 'worker',
        tableName: 'jobs',
        startingPosition: 'TRIM_HORIZON',
        batchSize: 25,
        bisectBatchOnFunctionError: true,
        maximumRetryAttempts: 5,
        reportBatchItemFailures: true,
        filters: ['{"a":[1]}'],
      },
    ]);
  });

  test('connects a route with the function of its integration', () => {
    const Resources = {
      Function: HANDLER,
      Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } },
      Integration: {
        Type: 'AWS::ApiGatewayV2::Integration',
        Properties: {
          ApiId: { Ref: 'Api' },
          IntegrationType: 'AWS_PROXY',
          IntegrationUri: { 'Fn::GetAtt': ['Function', 'Arn'] },
          PayloadFormatVersion: '2.0',
          TimeoutInMillis: 29_000,
        },
      },
      Route: {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: {
          ApiId: { Ref: 'Api' },
          AuthorizationType: 'NONE',
          RouteKey: 'GET /jobs',
          Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] },
        },
      },
    };

    expect(plan({ main: { Resources } }).routes).toEqual([
      { routeKey: 'GET /jobs', functionName: 'worker', timeoutMs: 29_000 },
    ]);
  });

  test('ignores types without effect', () => {
    expect(plan({ main: resource('AWS::CloudWatch::Alarm', { Threshold: 1 }) })).toMatchObject({ functions: [] });
  });

  test.each<[string, Template, RegExp]>([
    [
      'a type',
      resource('AWS::StepFunctions::StateMachine'),
      /^AWS::StepFunctions::StateMachine main\/Thing: this type/,
    ],
    ['a property', resource('AWS::SQS::Queue', { Colour: 'red' }), /AWS::SQS::Queue main\/Thing: the property Colour/],
    [
      'a bucket that keeps versions',
      resource('AWS::S3::Bucket', { VersioningConfiguration: { Status: 'Enabled' } }),
      /the property VersioningConfiguration is not emulated/,
    ],
    ['a FIFO queue', resource('AWS::SQS::Queue', { FifoQueue: true }), /the property FifoQueue is not emulated/],
    [
      'another runtime',
      resource('AWS::Lambda::Function', { ...HANDLER.Properties, Runtime: 'python3.13' }),
      /AWS::Lambda::Function main\/Thing: Runtime must be nodejs24.x on this machine, got "python3.13"/,
    ],
    [
      'a mapping from another service',
      resource('AWS::Lambda::EventSourceMapping', { FunctionName: 'f', EventSourceArn: 'arn:aws:kinesis:a:b:c/d' }),
      /only queues and DynamoDB streams are emulated, got arn:aws:kinesis/,
    ],
    [
      'an authorizer',
      resource('AWS::ApiGatewayV2::Route', { AuthorizationType: 'JWT', RouteKey: 'GET /', Target: '' }),
      /AuthorizationType must be NONE/,
    ],
  ])('rejects %s and names it', (_, template, message) => {
    expect(() => plan({ main: template })).toThrow(message);
  });
});
