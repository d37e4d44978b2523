import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../../../../lib/project-root.ts';
import { ACCOUNT_ID, SECRET_KEY, startAwsAccount } from '../../../../helpers/fakes/aws-account.ts';
import { givenProject } from '../../../../helpers/project/given-project.ts';

/** A CDK CLI that writes its folder and arguments to a file and exits with 3. */
const RECORDER = {
  'node_modules/aws-cdk/package.json': '{ "name": "aws-cdk", "version": "2.0.0" }',
  'node_modules/aws-cdk/bin/cdk': `
    const { CDK_DISABLE_CLI_TELEMETRY: telemetry } = process.env;
    require('fs').writeFileSync('called.json', JSON.stringify({ cwd: process.cwd(), args: process.argv.slice(2), telemetry }));
    console.log('the output of cdk');
    console.error('the errors of cdk');
    process.exit(3);`,
};

let aws: Awaited<ReturnType<typeof startAwsAccount>>;
beforeAll(async () => {
  aws = await startAwsAccount();
});
afterAll(() => aws.close());

/** Runs a command line in a folder, without a terminal, with credentials of an account. */
async function jobdeck(cwd: string, ...args: readonly string[]) {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [join(projectRoot, 'bin', 'cli.ts'), ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH,
      HOME,
      NODE_COMPILE_CACHE,
      ...aws.variables,
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: SECRET_KEY,
    },
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { out, err, code: code as number };
}

const called = (root: string) =>
  JSON.parse(readFileSync(join(root, 'called.json'), 'utf8')) as { cwd: string; args: string[]; telemetry: string };

describe('jobdeck deploy', () => {
  it('runs the CDK CLI in the project and passes its output, its exit code and the arguments after --', async () => {
    const root = givenProject({ ...RECORDER, 'jobs/.keep': '' });

    const result = await jobdeck(join(root, 'jobs'), 'deploy', '--stage', 'prod', '--', '--require-approval', 'never');

    const target = `Stage prod: account ${ACCOUNT_ID}, region eu-west-1\n`;
    expect(result).toEqual({ code: 3, out: 'the output of cdk\n', err: `${target}the errors of cdk\n` });
    const { cwd, args, telemetry } = called(root);
    expect(cwd).toBe(realpathSync(root));
    expect(telemetry).toBe('true');
    expect(args.slice(0, 4)).toEqual(['deploy', '--require-approval', 'never', '--all']);
    expect(args).toContain('stage=prod');
  });

  it.each([
    [['deploy', '--stage', 'live'], 1, /no stage "live" in jobdeck\.config\.ts\. The stages are: prod\./],
    [['deploy', '--stage', 'local'], 2, /--stage local is the local system, which is not deployed/],
    [['diff'], 2, /--stage <stage> is missing/],
    [['deploy', '--stage', 'prod', '--', 'jobdeck-prod-api'], 2, /accepts no name of a stack, got "jobdeck-prod-api"/],
    [['diff', '--stage', 'prod', '--', '-e', 'jobdeck-prod-*'], 2, /accepts no name of a stack, got "jobdeck-prod-\*"/],
    [['destroy', '--stage', 'prod', '--yes', '--', 'jobdeck-prod-observe'], 2, /got "jobdeck-prod-observe"/],
    [['destroy', '--stage', 'prod', '--yes', 'jobdeck-prod-observe'], 2, /got "jobdeck-prod-observe"/],
  ])('does not call the CDK CLI for %j', async (args, code, err) => {
    const root = givenProject(RECORDER);

    const result = await jobdeck(root, ...args);

    expect(result).toMatchObject({ code, out: '', err: expect.stringMatching(err) });
    expect(() => called(root)).toThrow('ENOENT');
  });

  it.each([['deploy'], ['diff'], ['destroy']])(
    '%s does not call the CDK CLI with the credentials of another account than that of the stage',
    async (command) => {
      const config = `export default { stages: { prod: { account: '210987654321', region: 'eu-central-1' } } };`;
      const root = givenProject({ ...RECORDER, 'jobdeck.config.ts': config });

      const { code, err } = await jobdeck(
        root,
        command,
        '--stage',
        'prod',
        ...(command === 'destroy' ? ['--yes'] : []),
      );

      expect(code).toBe(1);
      expect(err).toMatch(
        /has the account 210987654321 in jobdeck\.config\.ts, but the credentials are of 123456789012/,
      );
      expect(() => called(root)).toThrow('ENOENT');
    },
  );

  it('prints the region of the stage', async () => {
    const config = `export default { stages: { prod: { account: '${ACCOUNT_ID}', region: 'eu-central-1' } } };`;
    const root = givenProject({ ...RECORDER, 'jobdeck.config.ts': config });

    const { code, err } = await jobdeck(root, 'diff', '--stage', 'prod');

    expect(code).toBe(3);
    expect(err).toContain(`Stage prod: account ${ACCOUNT_ID}, region eu-central-1\n`);
  });

  it('reports an invalid setting of the stage with its file', async () => {
    const root = givenProject({
      ...RECORDER,
      'jobdeck.config.ts': 'export default { stages: { prod: { worker: 7 } } };',
    });

    const { code, err } = await jobdeck(root, 'deploy', '--stage', 'prod');

    expect(code).toBe(1);
    expect(err).toBe('jobdeck deploy: jobdeck.config.ts: Stage prod: there is no setting "worker", got 7.\n');
  });
});

describe('jobdeck destroy', () => {
  it('lists the data that stays and deletes nothing without a terminal and --yes', async () => {
    const root = givenProject(RECORDER);

    const { code, err } = await jobdeck(root, 'destroy', '--stage', 'prod');

    expect(code).toBe(1);
    expect(err).toMatch(/tables jobdeck-prod-jobs, .*\n(.*\n)*jobdeck destroy: Nothing was deleted: .* add --yes/);
    expect(() => called(root)).toThrow('ENOENT');
  });

  it('asks for no confirmation with --yes', async () => {
    const root = givenProject(RECORDER);

    const { code } = await jobdeck(root, 'destroy', '--stage', 'prod', '--yes');

    expect(code).toBe(3);
    expect(called(root).args).toEqual(expect.arrayContaining(['destroy', '--all', '--force']));
  });
});
