import { CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Environment } from './connection.ts';
import { EXIT_FAILURE, EXIT_OK, EXIT_USAGE, type Output } from './context.ts';
import { UsageError } from './errors.ts';
import { createProgram } from './program.ts';

/**
 * Runs a command line.
 *
 * @returns the exit code: 0, 1 for a failure, 2 for an invalid command line
 */
export async function main(args: readonly string[], environment: Environment, output: Output): Promise<number> {
  const { program, context } = createProgram(environment, output);
  const line = withCommandFirst(program, args);
  try {
    await program.parseAsync(line, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    // The help has been printed.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    const command = program.commands.find((known) => known.name() === line[0]);
    return report(command ? `jobdeck ${command.name()}` : 'jobdeck', error, output);
  }
}

/** Moves the command to the front; global options, which commander finds anywhere, may precede it. */
function withCommandFirst(program: CommandUnknownOpts, args: readonly string[]): readonly string[] {
  const takesValue = (flag: string | undefined) =>
    program.options.some((option) => option.required && option.long === flag);
  const index = args.findIndex((arg, i) => !arg.startsWith('-') && !takesValue(args[i - 1]));
  const command = args[index];
  if (command === undefined || !program.commands.some((known) => known.name() === command)) return args;
  return [command, ...args.slice(0, index), ...args.slice(index + 1)];
}

/** Prints an error in one line, without its stack. */
function report(command: string, error: unknown, { err }: Output): number {
  const message = error instanceof Error ? error.message : String(error);
  const isUsage = error instanceof UsageError;
  err(`${command}: ${message}\n${isUsage ? `Try ${command} --help\n` : ''}`);
  return isUsage ? EXIT_USAGE : EXIT_FAILURE;
}
