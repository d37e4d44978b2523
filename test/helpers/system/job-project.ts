import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { main } from '../../../lib/cli/main.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { TestSystem } from './test-system.ts';

/** The exit code and the output of a command. */
interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A project in a temporary folder, and its commands against a local system. */
export interface JobProject {
  readonly root: string;
  /** Variables of the commands, which a test may set. */
  readonly environment: Record<string, string | undefined>;
  readonly write: (files: Readonly<Record<string, string>>) => void;
  /** Runs a command in the project. */
  readonly run: (
    command: string,
    tenant: string | readonly string[],
    ...more: readonly string[]
  ) => Promise<CommandResult>;
  /** Runs `jobdeck apply`. */
  readonly apply: (tenant: string | readonly string[], ...more: readonly string[]) => Promise<CommandResult>;
}

/** The package as far as job files need it. */
const PACKAGE =
  'export const defineJob = (job) => job;\n' +
  'export const defineFlow = defineJob, defineScript = defineJob, defineCalendar = defineJob, defineHook = defineJob;\n';

/** Writes a project named `my-jobs` with the script `echo`. */
export function givenJobProject(system: TestSystem, files: Readonly<Record<string, string>> = {}): JobProject {
  const root = temporaryFolder();
  const write = (changed: Readonly<Record<string, string>>) => {
    for (const [file, content] of Object.entries(changed)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), content);
    }
  };
  write({
    'node_modules/jobdeck/package.json': '{ "name": "jobdeck", "type": "module", "exports": "./index.js" }',
    'node_modules/jobdeck/index.js': PACKAGE,
    'jobdeck.config.ts': "export default { name: 'my-jobs' };",
    'scripts/echo.ts': 'export default { run: () => {} };',
    ...files,
  });
  const environment: JobProject['environment'] = { JOBDECK_DATA: system.dataDir };
  const run: JobProject['run'] = async (command, tenant, ...more) => {
    const said: Record<'out' | 'err', string[]> = { out: [], err: [] };
    const tenants = [tenant].flat().flatMap((name) => ['--tenant', name]);
    const args = [command, ...more, '--project', root, '--url', system.url, ...tenants];
    const output = {
      out: (text: string) => void said.out.push(text),
      err: (text: string) => void said.err.push(text),
    };
    const code = await main(args, environment, output);
    return { code, out: said.out.join(''), err: said.err.join('') };
  };
  return { root, environment, write, run, apply: (tenant, ...more) => run('apply', tenant, ...more) };
}
