import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { ensureBuild } from '../../../lib/local/build.ts';
import { projectRoot } from '../../../lib/project-root.ts';
import { fileHashes } from '../../helpers/stack/file-hashes.ts';
import { temporaryFolderOfFile } from '../../helpers/stack/synth.ts';

const run = promisify(execFile);
const home = temporaryFolderOfFile();
/** Output of `cdk ls`, at another depth than the cached build. */
const output = join(home, 'some', 'where', 'deeper');
/** Bundling and synthesis in a child process take long on a busy machine. */
const TIMEOUT = 240_000;
const bin = join(projectRoot, 'node_modules/.bin');
let listed: string;

// Starts the CDK CLI, which takes several seconds: once for all tests of this file.
beforeAll(async () => {
  const args = ['ls', '--context', 'stage=prod', '--output', output, '--no-notices'];
  const { stdout } = await run(join(bin, 'cdk'), args, {
    cwd: projectRoot,
    env: {
      PATH: `${bin}${delimiter}${process.env.PATH}`,
      HOME: home,
      CI: 'true',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CDK_VALIDATION: process.env.CDK_VALIDATION,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    },
  });
  listed = stdout;
}, TIMEOUT);

test('`cdk ls` synthesizes the stage of the context without an account and a home folder', () => {
  const stacks = ['data', 'work', 'notify', 'schedule', 'counters', 'api', 'observe'].map(
    (name) => `Default/jobdeck-prod-${name} (jobdeck-prod-${name})`,
  );
  expect(listed.trim().split('\n').sort()).toEqual(stacks.sort());
});

test('`cdk ls` and the local system have the same bundles, regardless of the folder', async () => {
  const deployed = fileHashes(join(output, 'bundles'));
  const local = fileHashes(join(await ensureBuild(), 'bundles'));

  expect(deployed).toContainEqual(expect.stringMatching(/^worker\/index\.mjs /));
  expect(deployed).toEqual(local);
});
