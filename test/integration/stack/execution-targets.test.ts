import { Token } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { Env } from '../../../functions/core/platform/env-names.ts';
import { stageConfig } from '../../../lib/config.ts';
import { createTeamApp, embed } from '../../helpers/stack/embedding.ts';
import { ACCOUNT, REGION } from '../../helpers/stack/intrinsics.ts';
import { type Context, isAllowed, statementsOf, tenantStatementsOf } from '../../helpers/stack/policies.ts';
import { build, environment, synth } from '../../helpers/stack/synth.ts';

const cluster = (name: string) => `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/${name}`;
const taskDefinition = (name: string) => `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/${name}`;
const task = (name: string) => `arn:aws:ecs:${REGION}:${ACCOUNT}:task/${name}/1dc5c17a422b4dc4b493371970c6c4d6`;
const stateMachine = (name: string) => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`;
const execution = (name: string) =>
  `arn:aws:states:${REGION}:${ACCOUNT}:execution:${name}:01JNXA3V5T9YV0Q2Z6W8M4R7B1-1`;
const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;

const targets = {
  etl: {
    container: {
      cluster: cluster('jobs'),
      taskDefinition: taskDefinition('etl:7'),
      subnets: ['subnet-1'],
      roles: [role('etl-task'), role('etl-execution')],
      log: { group: '/ecs/etl', streamPrefix: 'run' },
    },
  },
  report: { container: { cluster: cluster('jobs'), taskDefinition: taskDefinition('report'), subnets: ['subnet-1'] } },
  'order-flow': { stateMachine: stateMachine('order-flow') },
} as const;
const config = stageConfig('prod', { targets });
const prod = await synth(config);
const built = await build(config);

const functions = prod
  .of('AWS::Lambda::Function')
  .map(({ Properties }) => String(Properties.FunctionName).replace('jobdeck-prod-', ''));

it('may start a task definition that is given as a token of the CDK, whose ARN has a revision', async () => {
  const token = Token.asString({ 'Fn::Join': ['', [taskDefinition('etl'), ':7']] });
  const settings = { etl: { container: { ...targets.etl.container, taskDefinition: token } } };
  const stage = await synth(stageConfig('prod', { targets: settings }));

  const inJobs = { 'ecs:cluster': cluster('jobs') };
  const mayStart = (name: string) =>
    isAllowed(statementsOf(stage, 'worker'), 'ecs:RunTask', taskDefinition(name), inJobs);
  expect(await mayStart('etl:7')).toBe(true);
  expect(await mayStart('etl:8')).toBe(false);
});

describe('a container or state machine', () => {
  const elsewhere = (arn: string) => arn.replace(REGION, 'ap-south-1');
  const ofOthers = (arn: string) => arn.replace(ACCOUNT, '999999999999');
  const { container } = targets.etl;

  it.each([
    [{ container: { ...container, cluster: elsewhere(container.cluster) } }, 'container.cluster', 'region', REGION],
    [
      { container: { ...container, taskDefinition: ofOthers(container.taskDefinition) } },
      'container.taskDefinition',
      'account',
      ACCOUNT,
    ],
    [{ container: { ...container, roles: [ofOthers(role('etl'))] } }, 'container.roles[0]', 'account', ACCOUNT],
    [{ stateMachine: elsewhere(stateMachine('orders')) }, 'stateMachine', 'region', REGION],
    [{ stateMachine: ofOthers(stateMachine('orders')) }, 'stateMachine', 'account', ACCOUNT],
  ])('must be in the account and region of the stage, and is not: %j', (settings, field, place, own) => {
    const { stack } = createTeamApp({ env: { account: ACCOUNT, region: REGION } });

    const embedded = () => embed(stack, { stage: 'prod', targets: { etl: settings } });

    expect(embedded).toThrow(
      `Stage prod: targets.etl.${field} must be in the ${place} of the stage, ${own}, got "arn:`,
    );
  });

  it('may be in any account and region if the stage has none, or if its ARN is a token', () => {
    const settings = { orders: { stateMachine: elsewhere(ofOthers(stateMachine('orders'))) } };
    const token = Token.asString({ Ref: 'Orders' });
    const [anywhere, somewhere] = [createTeamApp(), createTeamApp({ env: { account: ACCOUNT, region: REGION } })];

    expect(() => embed(anywhere.stack, { stage: 'prod', targets: settings })).not.toThrow();
    expect(() => embed(somewhere.stack, { stage: 'prod', targets: { orders: { stateMachine: token } } })).not.toThrow();
  });
});

/** Returns the functions that may perform an action. */
async function whoMay(action: string, resource: string, context: Context = {}): Promise<readonly string[]> {
  const may = async (name: string) =>
    (await isAllowed(statementsOf(prod, name), action, resource, context)) ||
    (await isAllowed(tenantStatementsOf(prod, name), action, resource, context));
  const answers = await Promise.all(functions.map(may));
  return functions.filter((_, i) => answers[i]);
}

describe('a declared container', () => {
  it('may be started, read and stopped by the worker alone, in its cluster alone', async () => {
    const inJobs = { 'ecs:cluster': cluster('jobs') };
    const elsewhere = { 'ecs:cluster': cluster('other') };

    expect(await whoMay('ecs:RunTask', taskDefinition('etl:7'), inJobs)).toEqual(['worker']);
    expect(await whoMay('ecs:RunTask', taskDefinition('report:12'), inJobs)).toEqual(['worker']);
    expect(await whoMay('ecs:RunTask', taskDefinition('etl:8'), inJobs)).toEqual([]);
    expect(await whoMay('ecs:RunTask', taskDefinition('report-admin:1'), inJobs)).toEqual([]);
    expect(await whoMay('ecs:RunTask', taskDefinition('etl:7'), elsewhere)).toEqual([]);
    for (const action of ['ecs:DescribeTasks', 'ecs:StopTask']) {
      expect(await whoMay(action, task('jobs'), inJobs), action).toEqual(['worker']);
      expect(await whoMay(action, task('other'), elsewhere), action).toEqual([]);
    }
    const instance = `arn:aws:ecs:${REGION}:${ACCOUNT}:container-instance/jobs/1`;
    expect(await whoMay('ecs:ListTasks', instance, inJobs)).toEqual(['worker']);
    expect(await whoMay('ecs:ListTasks', instance, elsewhere)).toEqual([]);
  });

  it('has a log that the worker alone may read, and no other', async () => {
    const stream = (name: string) =>
      `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${name}/etl/1dc5c17a422b4dc4b493371970c6c4d6`;

    expect(await whoMay('logs:GetLogEvents', stream('/ecs/etl:log-stream:run'))).toEqual(['worker']);
    expect(await whoMay('logs:GetLogEvents', stream('/ecs/etl:log-stream:runs'))).toEqual([]);
    expect(await whoMay('logs:GetLogEvents', stream('/ecs/other:log-stream:run'))).toEqual([]);
  });

  it('passes its own roles to ECS, and no other role', async () => {
    const toEcs = { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' };
    const toLambda = { 'iam:PassedToService': 'lambda.amazonaws.com' };

    expect(await whoMay('iam:PassRole', role('etl-task'), toEcs)).toEqual(['worker']);
    expect(await whoMay('iam:PassRole', role('etl-execution'), toEcs)).toEqual(['worker']);
    expect(await whoMay('iam:PassRole', role('etl-task'), toLambda)).toEqual([]);
    expect(await whoMay('iam:PassRole', role('Admin'), toEcs)).toEqual([]);
  });
});

describe('a declared state machine', () => {
  it('may be executed by the worker alone, which reads and stops its executions alone', async () => {
    for (const action of ['states:StartExecution', 'states:DescribeStateMachine']) {
      expect(await whoMay(action, stateMachine('order-flow')), action).toEqual(['worker']);
      expect(await whoMay(action, stateMachine('payroll')), action).toEqual([]);
    }
    for (const action of ['states:DescribeExecution', 'states:StopExecution']) {
      expect(await whoMay(action, execution('order-flow')), action).toEqual(['worker']);
      expect(await whoMay(action, execution('payroll')), action).toEqual([]);
    }
  });
});

describe('the ends of executions', () => {
  it('reach the queue of the workers by rules for the declared targets alone', () => {
    const rules = prod.of('AWS::Events::Rule').map(({ Properties }) => Properties);

    expect(rules).toMatchObject([
      {
        EventPattern: {
          source: ['aws.ecs'],
          'detail-type': ['ECS Task State Change'],
          detail: {
            lastStatus: ['STOPPED'],
            clusterArn: [cluster('jobs')],
            startedBy: [{ 'anything-but': { prefix: 'ecs-svc/' } }],
          },
        },
        Targets: [
          {
            Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:jobdeck-prod-runs`,
            InputTransformer: {
              InputPathsMap: { 'detail-taskArn': '$.detail.taskArn', detail: '$.detail' },
              InputTemplate: '{"v":1,"execution":<detail-taskArn>,"event":<detail>}',
            },
          },
        ],
      },
      {
        EventPattern: {
          source: ['aws.states'],
          'detail-type': ['Step Functions Execution Status Change'],
          detail: {
            status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'],
            stateMachineArn: [stateMachine('order-flow')],
          },
        },
        Targets: [{ InputTransformer: { InputTemplate: '{"v":1,"execution":<detail-executionArn>}' } }],
      },
    ]);
  });

  it('have no rule if no such target is declared', async () => {
    const none = await synth('prod');

    expect(none.of('AWS::Events::Rule')).toEqual([]);
  });
});

it('passes the resources of targets to the worker alone, without the roles of tasks', () => {
  const given = (name: string) => JSON.parse(environment(prod.fn(name))[Env.targets] ?? '{}');

  expect(given('worker')).toMatchObject({
    etl: { type: 'container', cluster: cluster('jobs'), taskDefinition: taskDefinition('etl:7') },
    'order-flow': { type: 'stateMachine', stateMachine: stateMachine('order-flow') },
  });
  expect(given('worker').etl).not.toHaveProperty('roles');
  expect(given('api-runner')).toEqual({
    etl: { type: 'container' },
    report: { type: 'container' },
    'order-flow': { type: 'stateMachine' },
  });
});

it('has no findings of the AwsSolutions pack', () => {
  const pack = new AwsSolutionsChecks(built.app);
  const findings = (pack.validateScope(built.app).violations ?? []).map(({ ruleName, violatingResources }) => [
    ruleName,
    violatingResources.map(({ constructPath }) => constructPath),
  ]);

  expect(findings).toEqual([]);
});
