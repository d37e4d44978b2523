import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { localSettings } from '../../local/settings.ts';
import type { CommandContext } from '../context.ts';
import { CommandFailed, UsageError } from '../errors.ts';
import { wholeNumber } from '../parsers.ts';

export function addDevCommand(program: CommandUnknownOpts, { environment }: CommandContext): void {
  program
    .command('dev')
    .summary("Run the project's local system and use changed scripts at once")
    .description(
      'Runs the local system of the project in the current folder, with its data in .jobdeck/data. A changed script is ' +
        'used by its next run, and the jobs of the project are defined for the tenant demo. Errors of types and of scripts that do not compile are printed.',
    )
    .option('--port <port>', 'port of the API (JOBDECK_PORT; 1937)', parsePort)
    .option('--empty', 'define no jobs')
    .action(async ({ port, empty }) => {
      const settings = localSettings(environment);
      const [{ runDev }, { explainStartFailure }] = await Promise.all([
        import('../../project/run-dev.ts'),
        import('../../local/run-in-foreground.ts'),
      ]);
      try {
        const withPort = { ...settings, ...(port !== undefined && { port }) };
        await runDev(process.cwd(), withPort, { appliesJobs: !empty });
      } catch (error) {
        const explanation = explainStartFailure(error);
        throw typeof explanation === 'string' ? new CommandFailed(explanation) : explanation;
      }
    });
}

function parsePort(text: string): number {
  const port = wholeNumber('port')(text);
  if (port >= 1 && port <= 65_535) return port;
  throw new UsageError(`--port must be a port number, 1–65535, got ${text}`);
}
