import type { ApiClient } from './api.ts';

/** Exit codes. */
export const EXIT_OK = 0;
/** The API rejected a request, or a run did not succeed. */
export const EXIT_FAILURE = 1;
/** The command line is invalid. */
export const EXIT_USAGE = 2;

/** A command-line option with a value or a flag. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
}

type Options = Readonly<Record<string, Option>>;

/** Option values of a command, by name. */
export type Values<O extends Options> = {
  readonly [Name in keyof O]?: O[Name]['type'] extends 'boolean' ? boolean : string;
};

export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Services of a command. */
export interface CommandContext {
  readonly api: ApiClient;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Prints responses as JSON. */
  readonly json: boolean;
  /** Prints text and a line break to the standard output. */
  readonly print: (text: string) => void;
  /** Prints progress and warnings to the standard error. */
  readonly note: (text: string) => void;
}

export interface Command<O extends Options = Options> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Usage and options. */
  readonly help: string;
  readonly options: O;
  /** @returns the exit code */
  run(context: CommandContext, positionals: readonly string[], values: Values<O>): Promise<number>;
}

/** Defines a command, with option values typed by its options. */
export const command = <const O extends Options>(spec: Command<O>): Command => spec as unknown as Command;

/** The command line is invalid. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command failed. The message is for the user. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/**
 * Returns the only positional argument.
 *
 * @throws UsageError
 */
export function requireOne(positionals: readonly string[], what: string): string {
  const [one, ...others] = positionals;
  if (one === undefined) throw new UsageError(`${what} is missing`);
  if (others.length > 0) throw new UsageError(`only one ${what} at a time, got ${positionals.length}`);
  return one;
}

/**
 * Asserts that there are no positional arguments.
 *
 * @throws UsageError
 */
export function requireNone(positionals: readonly string[]): void {
  if (positionals.length > 0) throw new UsageError(`does not know what to do with '${positionals.join(' ')}'`);
}

/**
 * Parses an option that is a whole number.
 *
 * @throws UsageError
 */
export function parseWholeNumber(text: string, option: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${option} must be a whole number, got '${text}'`);
  return Number(text);
}
