import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { queueConcurrency, stageConcurrency } from '../../../lib/account-concurrency.ts';
import { stageConfig } from '../../../lib/config.ts';
import { MIN_BOOTSTRAP_VERSION } from '../../../lib/doctor/check-bootstrap.ts';
import { readAssembly } from '../../../lib/local/template/assembly.ts';
import { projectRoot } from '../../../lib/project-root.ts';
import { writeFiles } from '../../helpers/project/given-project.ts';
import { temporaryFolderOfFile } from '../../helpers/stack/synth.ts';

const parent = temporaryFolderOfFile();
const root = join(parent, 'my jobs');
const assembly = join(root, '.jobdeck', 'cdk.out', 'live');
const run = promisify(execFile);
/** Bundling and synthesis in a child process take long on a busy machine. */
const TIMEOUT = 240_000;

/** Runs the command line in the project, without credentials and with an empty home folder. */
const synth = (stage: string) => {
  const home = join(parent, 'home');
  mkdirSync(home, { recursive: true });
  const args = [join(projectRoot, 'bin', 'cli.ts'), 'synth', '--stage', stage];
  const { PATH, NODE_COMPILE_CACHE, CDK_VALIDATION } = process.env;
  const env = { PATH, NODE_COMPILE_CACHE, CDK_VALIDATION, HOME: home, CI: 'true' };
  return run(process.execPath, args, { cwd: root, env });
};

beforeAll(async () => {
  writeFiles(root, {
    'package.json': '{ "name": "my-jobs" }',
    'jobdeck.config.ts': `export default { scripts: 'tasks', stages: { live: { account: '123456789012', region: 'eu-central-1', workers: 7, alarmEmail: 'ops@example.test' } } };`,
    'tasks/orders.ts': `export default { run: () => 'marker-of-orders' };`,
    'tasks/orders.test.ts': `throw new Error('A test is not a script.');`,
  });
  await synth('live');
}, TIMEOUT);

describe('jobdeck synth', () => {
  const stacks = () => readAssembly(assembly);
  const resources = (type: string) =>
    stacks().flatMap(({ resources }) => Object.values(resources).filter(({ Type }) => Type === type));

  it('writes all stacks of the stage into the folder of the project, and nothing beside it', () => {
    const names = ['api', 'counters', 'data', 'notify', 'observe', 'schedule', 'work'];

    expect(
      stacks()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(names.map((name) => `jobdeck-live-${name}`));
    expect(readdirSync(root).sort()).toEqual(['.jobdeck', 'jobdeck.config.ts', 'package.json', 'tasks']);
  });

  it('deploys to the account and region of the stage, although the synthesis has no credentials', () => {
    const manifest = readFileSync(join(assembly, 'manifest.json'), 'utf8');

    const { artifacts } = JSON.parse(manifest) as {
      readonly artifacts: Readonly<Record<string, { readonly type: string; readonly environment?: string }>>;
    };
    const environments = Object.values(artifacts)
      .filter(({ type }) => type === 'aws:cloudformation:stack')
      .map(({ environment }) => environment);
    expect(environments).toEqual(Array.from({ length: 7 }, () => 'aws://123456789012/eu-central-1'));
  });

  it('uses the settings of the stage', () => {
    const workers = resources('AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties?.ScalingConfig);
    const addresses = resources('AWS::SNS::Subscription').map(({ Properties }) => Properties?.Endpoint);

    expect(workers).toContainEqual({ MaximumConcurrency: 7 });
    expect(addresses).toEqual(['ops@example.test']);
  });

  it('has queues with the concurrency that the doctor derives from the settings', () => {
    expect(stageConcurrency(stageConfig('live', { workers: 7 }))).toBe(queueConcurrency(assembly));
  });

  it('needs the version of the bootstrap stack that the doctor checks', () => {
    const manifest = readFileSync(join(assembly, 'manifest.json'), 'utf8');
    const { artifacts } = JSON.parse(manifest) as {
      readonly artifacts: Readonly<
        Record<string, { readonly properties?: { requiresBootstrapStackVersion?: number } }>
      >;
    };
    const versions = Object.values(artifacts).map(({ properties }) => properties?.requiresBootstrapStackVersion ?? 0);

    expect(Math.max(...versions)).toBe(MIN_BOOTSTRAP_VERSION);
  });

  it('includes the scripts of the project, and no others, in the code of the worker', () => {
    const [worker] = resources('AWS::Lambda::Function').flatMap(({ Properties = {} }) =>
      Properties.FunctionName === 'jobdeck-live-worker' ? (Properties.Code as { readonly S3Key: string }) : [],
    );
    const code = stacks().flatMap(({ assets }) => assets.get(worker?.S3Key ?? '') ?? [])[0] ?? '';

    expect(readdirSync(join(code, 'scripts')).sort()).toEqual(['orders.mjs', 'orders.mjs.map']);
    expect(readFileSync(join(code, 'scripts', 'orders.mjs'), 'utf8')).toContain('marker-of-orders');
  });

  it(
    'reports a script that does not compile with its position',
    async () => {
      writeFiles(root, { 'tasks/broken.ts': 'export default {' });

      const failure = await synth('live').catch((error: { readonly stderr: string }) => error);

      expect(failure.stderr).toMatch(/^jobdeck synth: .*found end of file\n\n +tasks\/broken\.ts:1:16/);
    },
    TIMEOUT,
  );
});
