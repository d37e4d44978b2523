import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnOutput, Stack, Stage, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { Jobdeck } from '../../../lib/constructs/jobdeck.ts';
import { createTeamApp, createTeamBucket, embed } from '../../helpers/stack/embedding.ts';
import { synth, temporaryFolderOfFile } from '../../helpers/stack/synth.ts';

interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Export?: object }>>;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

const PARTS = ['data', 'work', 'notify', 'schedule', 'counters', 'api', 'observe'];
const ENV = { account: '111122223333', region: 'eu-central-1' };

const templatesOf = (stacks: readonly Stack[]) => stacks.map((stack) => [stack.stackName, toTemplate(stack)] as const);

function toTemplate(stack: Stack | undefined): Template {
  if (!stack) throw new Error('There is no stack.');
  const assembly = (stack.node.root as ReturnType<typeof createTeamApp>['app']).synth();
  return assembly.getStackArtifact(stack.artifactId).template as Template;
}

describe('Jobdeck in the CDK app of a team', () => {
  it('makes the stacks of two stages beside the resources of the team, and lets the stack of the team use them', () => {
    const { app, stack } = createTeamApp({ env: ENV });
    const bucket = createTeamBucket(stack, 'Orders');
    const prod = embed(stack, { stage: 'prod' });
    const test = embed(stack, { stage: 'test' });
    for (const jobs of [prod, test]) new CfnOutput(stack, `Url-${jobs.stage}`, { value: jobs.apiUrl });

    const { stacks } = app.synth();

    const names = ['prod', 'test'].flatMap((stage) => PARTS.map((part) => `jobdeck-${stage}-${part}`));
    expect(stacks.map(({ stackName }) => stackName).toSorted()).toEqual([...names, 'shop'].toSorted());
    expect(new Set(stacks.map(({ environment }) => environment.name))).toEqual(
      new Set(['aws://111122223333/eu-central-1']),
    );
    expect(Stack.of(bucket).dependencies).toEqual(
      expect.arrayContaining([expect.objectContaining({ stackName: 'jobdeck-prod-api' })]),
    );
  });

  it('has the same resources in a stack of the team as in the app of this package', async () => {
    const { stack } = createTeamApp();
    const { stacks } = embed(stack, { stage: 'prod', logRetentionDays: 90 });
    const own = await synth('prod');

    const embedded = templatesOf(stacks).flatMap(([name, { Resources }]) =>
      Object.values(Resources).map(({ Type }) => `${name} ${Type}`),
    );

    const expected = own.resources.map(({ stack: name, Type }) => `${name} ${Type}`);
    expect(embedded.toSorted()).toEqual(expected.toSorted());
  });

  it('refers weakly from stack to stack although the context of the app does not ask for it', () => {
    const { stack } = createTeamApp();
    const { stacks } = embed(stack, { stage: 'prod' });

    const exported = templatesOf(stacks).flatMap(([, { Outputs = {} }]) =>
      Object.values(Outputs).flatMap(({ Export, Value }) => (Export ? [JSON.stringify(Value)] : [])),
    );

    expect(exported).toEqual([expect.stringContaining('StreamArn'), expect.stringContaining('StreamArn')]);
  });

  it('lets alarms notify a topic of the team instead of a new one', () => {
    const { stack } = createTeamApp();
    const topic = new sns.Topic(stack, 'OnCall');
    const jobs = embed(stack, { stage: 'prod', alarmsTopic: topic });
    new CfnOutput(stack, 'Url', { value: jobs.apiUrl });

    const { Resources } = toTemplate(jobs.stacks.at(-1));

    expect(jobs.alarmsTopic).toBe(topic);
    expect(Object.values(Resources).map(({ Type }) => Type)).not.toContain('AWS::SNS::Topic');
  });

  it('subscribes the address of several stages once to their common topic', () => {
    const { stack } = createTeamApp();
    const alarmsTopic = new sns.Topic(stack, 'OnCall');

    for (const stage of ['prod', 'test']) embed(stack, { stage, alarmsTopic, alarmEmail: 'ops@example.com' });

    const { Resources } = toTemplate(stack);
    const subscriptions = Object.values(Resources).filter(({ Type }) => Type === 'AWS::SNS::Subscription');
    expect(subscriptions.map(({ Properties }) => Properties?.Endpoint)).toEqual(['ops@example.com']);
  });

  it('grants the files of one tenant', () => {
    const { stack } = createTeamApp();
    const jobs = embed(stack, { stage: 'prod' });
    const role = new iam.Role(stack, 'Exporter', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });

    jobs.grantReadFiles(role, 'acme');
    jobs.grantWriteFiles(role, 'acme');

    const policies = Object.values(toTemplate(stack).Resources).filter(({ Type }) => Type === 'AWS::IAM::Policy');
    const statements = [
      expect.objectContaining({ Action: 's3:ListBucket', Condition: { StringLike: { 's3:prefix': 'data/acme/*' } } }),
      expect.objectContaining({ Action: 's3:GetObject' }),
      expect.objectContaining({ Action: 's3:PutObject' }),
    ];
    expect(policies.map(({ Properties }) => Properties)).toEqual([
      expect.objectContaining({ PolicyDocument: expect.objectContaining({ Statement: statements }) }),
    ]);
    expect(JSON.stringify(policies)).toContain('/data/acme/*');
    expect(() => jobs.grantReadFiles(role, '*')).toThrow("a tenant must be 1–64 of A–Z a–z 0–9 _ -, got '*'");
  });

  it('passes the AwsSolutions pack of cdk-nag', () => {
    const { app, stack } = createTeamApp({ env: ENV });
    createTeamBucket(stack, 'Orders');
    embed(stack, { stage: 'prod' });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

    expect(() => app.synth()).not.toThrow();
  });

  it('rejects invalid settings and a missing folder of scripts', () => {
    const { stack } = createTeamApp();

    expect(() => embed(stack, { stage: 'Production' })).toThrow('2–12 of a–z and 0–9');
    expect(() => embed(stack, { stage: 'prod', workers: 1 })).toThrow('workers must be an integer in 2–1000, got 1');
    expect(() => new Jobdeck(stack, 'NoScripts', { stage: 'test', scripts: './no-such-folder' })).toThrow(
      "scripts must be a folder, got './no-such-folder'",
    );
  });

  it('has the account and region of its props without a stack around it, and refuses others than those around it', () => {
    const place = { account: '111122223333', region: 'eu-central-1' };
    const { app } = createTeamApp();
    const located = embed(app, { stage: 'prod', ...place });
    const { stack } = createTeamApp({ env: { ...place, region: 'eu-west-1' } });
    const { stack: agnostic } = createTeamApp();
    const stage = new Stage(createTeamApp().app, 'Live', { env: { account: '444455556666' } });

    const environments = located.stacks.map(({ account, region }) => ({ account, region }));
    expect(environments).toEqual(located.stacks.map(() => place));
    expect(() => embed(stack, { stage: 'prod', ...place })).toThrow(
      "region must be unset or that of the stack around the construct, 'eu-west-1', got 'eu-central-1'",
    );
    expect(() => embed(agnostic, { stage: 'prod', ...place })).toThrow(
      "account must be unset or that of the stack around the construct, which has none, got '111122223333'",
    );
    expect(() => embed(stage, { stage: 'prod', ...place })).toThrow("'444455556666', got '111122223333'");
  });

  it('bundles the scripts of a folder once for all stages', () => {
    const scripts = join(temporaryFolderOfFile(), 'scripts');
    mkdirSync(scripts);
    writeFileSync(join(scripts, 'greet.ts'), 'export default { run() { console.log("hello"); } };\n');
    const { app } = createTeamApp();

    const [test, prod] = ['test', 'prod'].map((stage) => new Jobdeck(app, stage, { stage, scripts }));

    const [folder = '', ...others] = readdirSync(join(app.outdir, 'bundles'));
    expect(others).toEqual([]);
    expect(readdirSync(join(app.outdir, 'bundles', folder, 'worker', 'scripts'))).toContain('greet.mjs');
    expect(test?.node.findAll().length).toBe(prod?.node.findAll().length);
  });

  it('reports the errors of a script that cannot be bundled', () => {
    const scripts = temporaryFolderOfFile();
    writeFileSync(join(scripts, 'broken.ts'), 'export default {\n');
    const { app } = createTeamApp();

    expect(() => new Jobdeck(app, 'Jobs', { stage: 'test', scripts })).toThrow(/cannot be bundled[\s\S]*broken\.ts:2/);
  });
});
