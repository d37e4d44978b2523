import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { type CommandContext, EXIT_FAILURE, EXIT_OK } from '../context.ts';

const NPM_TIMEOUT_MS = 10_000;

export function addDoctorCommand(program: CommandUnknownOpts, context: CommandContext): void {
  program
    .command('doctor')
    .summary('Check this machine, the project and the AWS account')
    .description(
      'Checks Node.js, the project, its packages, types, ports and folders, and with AWS credentials the clock, the region, the ' +
        'bootstrap stack and the quota of Lambda. Exits with 1 if there is a problem.',
    )
    .option('--stage <stage>', 'check only this stage (all of the project)')
    .action(async ({ stage }) => {
      // Imported lazily: other commands start faster without the bundler and the AWS client.
      const [{ runDoctor }, { formatFinding }] = await Promise.all([
        import('../../doctor/run-doctor.ts'),
        import('../../doctor/finding.ts'),
      ]);
      const doctor = {
        folder: process.cwd(),
        variables: context.environment,
        nodeVersion: process.versions.node,
        findNpmVersion,
        now: () => context.now(),
      };
      const findings = await runDoctor(doctor, stage);
      if (context.json) context.print(JSON.stringify({ findings }, null, 2));
      else for (const finding of findings) context.print(formatFinding(finding));
      context.exitCode = findings.some(({ level }) => level === 'problem') ? EXIT_FAILURE : EXIT_OK;
    });
}

async function findNpmVersion(): Promise<string> {
  // On Windows npm is a batch file, which only a shell runs.
  const { stdout } = await promisify(execFile)('npm', ['--version'], {
    shell: process.platform === 'win32',
    timeout: NPM_TIMEOUT_MS,
  });
  return stdout;
}
