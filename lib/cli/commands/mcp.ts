import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CommandContext } from '../context.ts';
import { packageVersion } from '../package-version.ts';

export function addMcpCommand(program: CommandUnknownOpts, context: CommandContext): void {
  program
    .command('mcp')
    .summary('Serve the Model Context Protocol, for agents')
    .description(
      'Serves tools for agents by the Model Context Protocol over the standard input and output, until the input ends. ' +
        'The tools read; --allow-write adds those that change something. Logs go to the standard error.',
    )
    .option('--allow-write', 'offer tools that trigger, cancel, redrive, acknowledge, define and delete')
    .action(async ({ allowWrite = false }) => {
      // Rejects an invalid --url or --tenant before a client connects.
      context.connect();
      const { serveStdio } = await import('../../mcp/serve.ts');
      const version = packageVersion();
      const { note } = context;
      await serveStdio({ version, allowWrite, connect: (signal) => context.connect(signal), log: note });
    });
}
