import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { projectRoot } from '../../../lib/project-root.ts';
import { temporaryFolderOfFile } from '../../helpers/stack/synth.ts';

const run = promisify(execFile);
const home = temporaryFolderOfFile();
/** Bundling and synthesis in a child process take long on a busy machine. */
const TIMEOUT = { timeout: 120_000 };
const bin = join(projectRoot, 'node_modules/.bin');

test('`cdk ls` synthesizes the stage of the context without an account and a home folder', TIMEOUT, async () => {
  const output = join(home, 'cdk.out');
  const { stdout } = await run(
    join(bin, 'cdk'),
    ['ls', '--context', 'stage=prod', '--output', output, '--no-notices'],
    {
      cwd: projectRoot,
      env: {
        PATH: `${bin}${delimiter}${process.env.PATH}`,
        HOME: home,
        CI: 'true',
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        CDK_VALIDATION: process.env.CDK_VALIDATION,
      },
    },
  );
  const stacks = ['data', 'work', 'notify', 'schedule', 'counters', 'api', 'observe'].map(
    (name) => `jobdeck-prod-${name}`,
  );
  expect(stdout.trim().split('\n').sort()).toEqual(stacks.sort());
});
