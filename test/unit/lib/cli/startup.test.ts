import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { projectRoot } from '../../../../lib/project-root.ts';

/** Prints the URL of each loaded module. */
const HOOKS = `
  import { registerHooks } from 'node:module';
  registerHooks({
    load(url, context, next) {
      process.stderr.write(url + '\\n');
      return next(url, context);
    },
  });
`;

it('loads no other packages than the parser of the command line before a command needs them', async () => {
  const hooks = `data:text/javascript,${encodeURIComponent(HOOKS)}`;

  const { stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', hooks, join(projectRoot, 'bin/cli.ts'), 'runs', '--help'],
    { cwd: projectRoot },
  );

  const packages = [...stderr.matchAll(/\/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].map(([, name]) => name);
  expect(new Set(packages)).toEqual(new Set(['@bomb.sh/tab', '@commander-js/extra-typings', 'commander']));
});
