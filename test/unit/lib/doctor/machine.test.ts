import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkDependencies } from '../../../../lib/doctor/check-dependencies.ts';
import { checkDynoxide } from '../../../../lib/doctor/check-dynoxide.ts';
import { checkFolder } from '../../../../lib/doctor/check-folder.ts';
import { checkNode, checkNpm } from '../../../../lib/doctor/check-node.ts';
import { checkPort } from '../../../../lib/doctor/check-port.ts';
import { checkProject } from '../../../../lib/doctor/check-project.ts';
import { startHttpServer } from '../../../helpers/fakes/http-server.ts';
import { givenProject, writeFiles } from '../../../helpers/project/given-project.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

describe('checkNode', () => {
  it.each([
    ['24.0.0', 'ok'],
    ['26.1.0', 'ok'],
    ['23.11.1', 'problem'],
    ['20.9.0', 'problem'],
  ])('rates %s as %s', (version, level) => {
    expect(checkNode(version).level).toBe(level);
  });
});

describe('checkNpm', () => {
  it('returns the version', async () => {
    expect(await checkNpm(async () => '11.4.2\n')).toMatchObject({ level: 'ok', message: 'npm 11.4.2' });
  });

  it('warns if npm cannot be started', async () => {
    expect((await checkNpm(() => Promise.reject(new Error('ENOENT')))).level).toBe('warning');
  });
});

describe('checkProject', () => {
  it('validates each stage and returns those that can be deployed', async () => {
    const config = 'export default { stages: { prod: {}, live: { workers: 1 }, local: {} } };';
    const root = givenProject({ 'jobdeck.config.ts': config });

    const { findings, stages } = await checkProject(root, undefined);

    expect(findings.map(({ level }) => level)).toEqual(['ok', 'ok', 'problem', 'ok']);
    expect(findings[2]?.message).toBe('jobdeck.config.ts: Stage live: workers must be an integer in 2–1000, got 1.');
    expect(stages.map(({ name }) => name)).toEqual(['prod']);
  });

  it.each([
    ['a script that does not compile', { 'scripts/hello.ts': 'export default {' }, 'scripts/hello.ts'],
    ['a job without an id', { 'jobs/a.ts': 'export default { name: "A" };' }, 'jobs/a.ts'],
  ])('reports %s with its file', async (_, files, file) => {
    const { findings } = await checkProject(givenProject(files), undefined);

    expect(findings).toMatchObject([{ level: 'problem', message: expect.stringContaining(file) }]);
  });

  it('reports a stage that the project does not declare', async () => {
    const { findings } = await checkProject(givenProject(), 'live');

    expect(findings[1]).toMatchObject({ level: 'problem', message: expect.stringContaining('The stages are: prod.') });
  });

  it('skips the check outside a project, unless a stage is named', async () => {
    const folder = temporaryFolder();

    expect((await checkProject(folder, undefined)).findings).toMatchObject([{ level: 'skipped' }]);
    expect((await checkProject(folder, 'prod')).findings).toMatchObject([{ level: 'problem' }]);
  });
});

describe('checkDependencies', () => {
  const pack = (folder: string, name: string, version: string) => ({
    [`${folder}node_modules/${name}/package.json`]: JSON.stringify({ name, version }),
  });
  const levels = (root: string) =>
    checkDependencies(root, join(root, 'node_modules/jobdeck/module.js')).map(({ check, level }) => [check, level]);
  const complete = {
    ...pack('', 'aws-cdk', '2.1148.1'),
    ...pack('', 'typescript', '7.0.2'),
    ...pack('', 'aws-cdk-lib', '2.276.0'),
    ...pack('', 'constructs', '10.8.1'),
  };

  it('accepts one copy of each package', () => {
    expect(levels(givenProject(complete))).toEqual([
      ['aws-cdk', 'ok'],
      ['typescript', 'ok'],
      ['aws-cdk-lib', 'ok'],
      ['constructs', 'ok'],
    ]);
  });

  it('reports packages that are not installed', () => {
    expect(levels(givenProject())).toEqual([
      ['aws-cdk', 'problem'],
      ['typescript', 'warning'],
      ['aws-cdk-lib', 'problem'],
      ['constructs', 'problem'],
    ]);
  });

  it('reports a CDK CLI of another major version', () => {
    expect(levels(givenProject({ ...complete, ...pack('', 'aws-cdk', '3.0.0') }))[0]).toEqual(['aws-cdk', 'problem']);
  });

  it.each([
    ['aws-cdk-lib', 'node_modules/jobdeck/'],
    ['constructs', 'node_modules/jobdeck/'],
    ['constructs', 'node_modules/aws-cdk-lib/'],
  ])('reports a second copy of %s in %s', (name, folder) => {
    const root = givenProject({ ...complete, ...pack(folder, name, '0.0.1') });

    const finding = checkDependencies(root, join(root, 'node_modules/jobdeck/module.js')).find(
      ({ check }) => check === name,
    );

    expect(finding).toMatchObject({
      level: 'problem',
      message: expect.stringMatching(/^there are 2 copies: .*0\.0\.1 in /),
    });
  });
});

describe('checkFolder', () => {
  it('rates the space on the disk', async () => {
    const folder = join(temporaryFolder(), '.jobdeck');

    const levels = async (bytes: number) => (await checkFolder(folder, async () => bytes)).map(({ level }) => level);

    expect(await levels(500_000_000)).toEqual(['ok', 'ok']);
    expect(await levels(499_000_000)).toEqual(['ok', 'warning']);
  });

  it('reports a folder that cannot be written', async () => {
    const parent = temporaryFolder();
    writeFiles(parent, { '.jobdeck': 'a file in place of the folder' });

    expect(await checkFolder(join(parent, '.jobdeck'))).toMatchObject(
      [{ level: 'problem', message: /EEXIST/ }].map(({ message, ...rest }) => ({
        ...rest,
        message: expect.stringMatching(message),
      })),
    );
  });
});

describe('checkDynoxide', () => {
  it('accepts an executable and warns about a download', () => {
    expect(checkDynoxide({}, () => ['/bin/dynoxide']).level).toBe('ok');
    expect(checkDynoxide({}, () => ['npx', '--yes', 'dynoxide@1']).level).toBe('warning');
    expect(checkDynoxide({ JOBDECK_DYNAMODB_ENDPOINT: 'http://127.0.0.1:8000' }, () => ['npx', 'x']).level).toBe('ok');
  });
});

describe('checkPort', () => {
  it('accepts a free port', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { readonly port: number }).port));
    });
    await new Promise((resolve) => server.close(resolve));

    expect(await checkPort({ JOBDECK_PORT: `${port}` })).toMatchObject({ level: 'ok', message: `${port} is free` });
  });

  it.each([
    ['a local Jobdeck', { issuer: 'http://127.0.0.1:1937/.issuer' }, 'ok'],
    ['another program', { hello: 'world' }, 'warning'],
  ])('identifies a port that %s uses', async (_, body, level) => {
    const server = await startHttpServer((__, response) => response.end(JSON.stringify(body)));

    const finding = await checkPort({ JOBDECK_PORT: `${server.port}` });

    await server.close();
    expect(finding.level).toBe(level);
  });

  it('reports a value of JOBDECK_PORT that is no port', async () => {
    expect(await checkPort({ JOBDECK_PORT: 'http' })).toMatchObject({ level: 'problem' });
  });
});
