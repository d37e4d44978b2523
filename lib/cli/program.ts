import tab from '@bomb.sh/tab/commander';
import { Command, type CommandUnknownOpts, Help } from '@commander-js/extra-typings';
import { addAckCommand } from './commands/ack.ts';
import { addApplyCommand } from './commands/apply.ts';
import { addBackfillCommands } from './commands/backfills.ts';
import { addCalendarCommands } from './commands/calendars.ts';
import { addCancelCommand } from './commands/cancel.ts';
import { addCdkCommands } from './commands/cdk.ts';
import { addCursorCommands } from './commands/cursors.ts';
import { addDeadLetterCommands } from './commands/dead-letter.ts';
import { addDevCommand } from './commands/dev.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addErrorCommands } from './commands/errors.ts';
import { addFailuresCommand } from './commands/failures.ts';
import { addHookCommands } from './commands/hooks.ts';
import { addImportCommands } from './commands/import.ts';
import { addInitCommand } from './commands/init.ts';
import { addJobCommands } from './commands/jobs.ts';
import { addLimitsCommand } from './commands/limits.ts';
import { addLogsCommand } from './commands/logs.ts';
import { addMcpCommand } from './commands/mcp.ts';
import { addNotificationsCommand } from './commands/notifications.ts';
import { addPauseCommands } from './commands/pause.ts';
import { addPullCommand } from './commands/pull.ts';
import { addRedriveCommand } from './commands/redrive.ts';
import { addRunsCommand } from './commands/runs.ts';
import { addScriptsCommand } from './commands/scripts.ts';
import { addStateCommands } from './commands/state.ts';
import { addTargetsCommand } from './commands/targets.ts';
import { addTenantCommands } from './commands/tenants.ts';
import { addTokenCommand } from './commands/token.ts';
import { addTreeCommand } from './commands/tree.ts';
import { addTriggerCommand } from './commands/trigger.ts';
import { addUsageCommand } from './commands/usage.ts';
import type { Environment } from './connection.ts';
import { CommandContext, type Output } from './context.ts';
import { UsageError } from './errors.ts';
import { explainParseError } from './parse-errors.ts';

/** Columns of the help. */
const HELP_WIDTH = 110;

export interface Program {
  readonly program: CommandUnknownOpts;
  readonly context: CommandContext;
}

/** Builds the command line with all commands, in the order of the help. */
export function createProgram(environment: Environment, output: Output): Program {
  const program = new Command('jobdeck')
    .usage('<command> [options]')
    .option('--url <url>', 'URL of the API (JOBDECK_URL; the local system)')
    .option('--token <token>', 'JWT or API key (JOBDECK_TOKEN; a new token of the local system)')
    .option('--tenant <tenant>', 'tenant of that new token (demo)', collect)
    .option('--json', 'print responses as JSON')
    .helpOption('-h, --help', 'show the usage of a command')
    .configureOutput({
      writeOut: output.out,
      // Without a command the help is printed as an error; parse errors are reported by `main`.
      writeErr: output.out,
      outputError: () => {},
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
    })
    .configureHelp({
      showGlobalOptions: true,
      subcommandTerm(command) {
        return command.parent?.parent ? Help.prototype.subcommandTerm.call(this, command) : command.name();
      },
    });
  const context = new CommandContext(environment, output, () => program.opts());

  addInitCommand(program, context);
  addDevCommand(program, context);
  addJobCommands(program, context);
  addRunsCommand(program, context);
  addLogsCommand(program, context);
  addTreeCommand(program, context);
  addTriggerCommand(program, context);
  addCancelCommand(program, context);
  addBackfillCommands(program, context);
  addPauseCommands(program, context);
  addCalendarCommands(program, context);
  addCursorCommands(program, context);
  addErrorCommands(program, context);
  addFailuresCommand(program, context);
  addAckCommand(program, context);
  addRedriveCommand(program, context);
  addDeadLetterCommands(program, context);
  addScriptsCommand(program, context);
  addTargetsCommand(program, context);
  addStateCommands(program, context);
  addHookCommands(program, context);
  addNotificationsCommand(program, context);
  addLimitsCommand(program, context);
  addUsageCommand(program, context);
  addApplyCommand(program, context);
  addPullCommand(program, context);
  addImportCommands(program, context);
  addTenantCommands(program, context);
  addTokenCommand(program, context);
  addCdkCommands(program, context);
  addDoctorCommand(program, context);
  addMcpCommand(program, context);
  tab(program as unknown as Parameters<typeof tab>[0], { completionCommandName: 'completion' });

  for (const command of program.commands) {
    if (command.commands.length > 0) command.addHelpText('after', () => subcommandOptions(command));
  }
  reportParseErrors(program);
  return { program, context };
}

/** Collects the values of an option that may be repeated. */
const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];

/** The options of all subcommands, for the help of their group. */
function subcommandOptions(group: CommandUnknownOpts): string {
  const help = group.createHelp();
  const sections = group.commands
    .filter(({ options }) => options.length > 0)
    .map((command) => {
      const width = help.longestOptionTermLength(command, help);
      const lines = command.options.map(
        (option) => `  ${help.optionTerm(option).padEnd(width)}  ${help.optionDescription(option)}`,
      );
      return `\nOptions of ${group.name()} ${command.name()}:\n${lines.join('\n')}`;
    });
  return sections.join('\n');
}

/** Makes commander throw instead of exiting the process. */
function reportParseErrors(command: CommandUnknownOpts): void {
  command.exitOverride((error) => {
    const isHelp = error.exitCode === 0 || error.code === 'commander.help';
    throw isHelp ? error : new UsageError(explainParseError(command, error));
  });
  for (const subcommand of command.commands) reportParseErrors(subcommand);
}
