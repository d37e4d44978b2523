import { App, Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { Env } from '../../../functions/core/platform/env-names.ts';
import { createTeamApp, createTeamBucket, embed } from '../../helpers/stack/embedding.ts';
import { ACCOUNT, REGION } from '../../helpers/stack/intrinsics.ts';
import { isAllowed, type Statement, statementsOf, tenantStatementsOf } from '../../helpers/stack/policies.ts';
import { temporaryFolderOfFile } from '../../helpers/stack/synth.ts';
import { environment, resolveApp, type Synthesized } from '../../helpers/stack/synthesized.ts';

const env = { account: ACCOUNT, region: REGION };
const roleArn = (stage: string, script: string) =>
  `arn:aws:iam::${ACCOUNT}:role/jobdeck-${stage}-script-${script}-${REGION}`;

/** A team's stack with two stages, in which two scripts have a role each with access to a bucket each. */
function given() {
  const { app, stack } = createTeamApp({ env });
  const jobs = embed(stack, { stage: 'prod' });
  const test = embed(stack, { stage: 'test' });
  for (const script of ['echo', 'sleep']) grantBucket(stack, script, jobs.script(script));
  grantBucket(stack, 'test', test.script('echo'));
  return { app, stack, jobs, synthesized: resolveApp(app) };
}

const grantBucket = (stack: Stack, name: string, grantee: iam.IGrantable) =>
  createTeamBucket(stack, `Bucket-${name}`).grantRead(grantee);

const shared = given();

const scriptStatements = (stage: string, script: string): readonly Statement[] =>
  shared.synthesized
    .of('AWS::IAM::Policy')
    .filter(({ Properties }) =>
      (Properties.Roles as readonly string[]).includes(roleArn(stage, script).split('/')[1] ?? ''),
    )
    .flatMap(({ Properties }) => (Properties.PolicyDocument as { Statement: readonly Statement[] }).Statement);

/** The ARN of an object in the bucket that a script may read. */
function objectOf(name: string): string {
  const bucket = shared.synthesized.of('AWS::S3::Bucket').find(({ id }) => id.startsWith(`Bucket${name}`));
  return `arn:aws:s3:::${bucket?.id}/orders.csv`;
}

/** The stacks of the stage prod alone, because those of the stage test have the same logical ids. */
const inProd: Synthesized = {
  ...shared.synthesized,
  of: (type) => shared.synthesized.of(type).filter(({ stack }) => stack.startsWith('jobdeck-prod-')),
  fn(name) {
    const found = inProd
      .of('AWS::Lambda::Function')
      .find(({ Properties }) => Properties.FunctionName === `jobdeck-prod-${name}`);
    if (!found) throw new Error(`There is no function ${name}.`);
    return found;
  },
};

const functions = inProd
  .of('AWS::Lambda::Function')
  .map(({ Properties }) => String(Properties.FunctionName).replace('jobdeck-prod-', ''));

describe('the role of a script', () => {
  it('may read what was granted to it, and nothing of another script or stage', async () => {
    const may = (stage: string, script: string, name: string) =>
      isAllowed(scriptStatements(stage, script), 's3:GetObject', objectOf(name));

    expect(await may('prod', 'echo', 'echo')).toBe(true);
    expect(await may('prod', 'sleep', 'sleep')).toBe(true);
    expect(await may('test', 'echo', 'test')).toBe(true);
    expect(await may('prod', 'echo', 'sleep')).toBe(false);
    expect(await may('prod', 'sleep', 'echo')).toBe(false);
    expect(await may('prod', 'echo', 'test')).toBe(false);
  });

  it('gives no function of the platform access to what was granted', async () => {
    expect(functions.length).toBeGreaterThan(15);
    for (const name of functions) {
      const statements = [...statementsOf(inProd, name), ...tenantStatementsOf(inProd, name)];
      expect(await isAllowed(statements, 's3:GetObject', objectOf('echo')), name).toBe(false);
    }
  });

  it('may be assumed by the worker of its stage alone', async () => {
    const tag = { 'aws:RequestTag/tenant': 'acme', 'aws:TagKeys': ['tenant'] };
    for (const name of functions) {
      const statements = [...statementsOf(inProd, name), ...tenantStatementsOf(inProd, name)];
      const may = await isAllowed(statements, 'sts:AssumeRole', roleArn('prod', 'echo'), tag);
      expect(may, name).toBe(name === 'worker');
    }
    const worker = statementsOf(inProd, 'worker');
    for (const other of [
      roleArn('test', 'echo'),
      roleArn('prod', 'echo').replace(REGION, 'us-east-1'),
      `arn:aws:iam::${ACCOUNT}:role/Admin`,
    ]) {
      expect(await isAllowed(worker, 'sts:AssumeRole', other, tag), other).toBe(false);
    }
    expect(await isAllowed(scriptStatements('prod', 'echo'), 'sts:AssumeRole', roleArn('prod', 'sleep'), tag)).toBe(
      false,
    );
  });

  it('trusts the worker of its stage with a session for exactly one tenant', () => {
    const [trust] = shared.synthesized
      .of('AWS::IAM::Role')
      .filter(({ Properties }) => Properties.RoleName === `jobdeck-prod-script-echo-${REGION}`)
      .map(({ Properties }) => Properties.AssumeRolePolicyDocument as { Statement: readonly object[] });

    const worker = String(inProd.fn('worker').Properties.Role);
    expect(trust?.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: ['sts:AssumeRole', 'sts:TagSession'],
        Principal: { AWS: worker },
        Condition: {
          StringLike: { 'aws:RequestTag/tenant': '?*' },
          StringNotLike: { 'aws:RequestTag/tenant': ['*.*', '*/*'] },
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['tenant'] },
        },
      },
    ]);
  });

  it('appears in the environment of the worker and of the API that validates jobs', () => {
    expect(environment(inProd.fn('worker'))).toMatchObject({
      [Env.scriptRoles]: 'echo,sleep',
      [Env.scriptRoleArns]: roleArn('prod', '*'),
    });
    expect(environment(inProd.fn('api-runner'))[Env.scriptRoles]).toBe('echo,sleep');
    for (const name of functions.filter((one) => !['worker', 'api-runner'].includes(one))) {
      expect(environment(inProd.fn(name)), name).not.toHaveProperty(Env.scriptRoles);
    }
  });

  it('exists once for each script of the deployment, and for no other name', () => {
    const { stack } = createTeamApp();
    const jobs = embed(stack, { stage: 'prod' });

    expect(jobs.script('echo')).toBe(jobs.script('echo'));
    expect(() => jobs.script('nope')).toThrow(/there is no script 'nope'\. There are: echo, fail, /);
  });

  it('adds nothing to a stage without a granted script', () => {
    const { app, stack } = createTeamApp();
    embed(stack, { stage: 'prod' });

    expect(JSON.stringify(resolveApp(app).resources)).not.toMatch(/-script-\*|JOBDECK_SCRIPT_ROLE/);
  });

  it('passes the AwsSolutions pack of cdk-nag with a grant of one object', () => {
    const { app, stack } = createTeamApp({ env });
    const jobs = embed(stack, { stage: 'prod' });
    const resources = [createTeamBucket(stack, 'Orders').arnForObjects('report.csv')];
    const statement = new iam.PolicyStatement({ actions: ['s3:PutObject'], resources });
    jobs.script('echo').grantPrincipal.addToPrincipalPolicy(statement);
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

    expect(() => app.synth()).not.toThrow();
  });

  it('belongs to a stack of its own if the construct is not in a stack', () => {
    const app = new App({ outdir: temporaryFolderOfFile(), analyticsReporting: false });
    const jobs = embed(app, { stage: 'prod' });
    const before = jobs.stacks;
    grantBucket(new Stack(app, 'shop'), 'echo', jobs.script('echo'));

    const names = app.synth().stacks.map(({ stackName }) => stackName);

    expect(names).toEqual(expect.arrayContaining(['shop', 'jobdeck-prod-scripts']));
    expect(jobs.stacks.map(({ stackName }) => stackName)).toEqual([
      ...before.map(({ stackName }) => stackName),
      'jobdeck-prod-scripts',
    ]);
  });
});
