import type { ApiClient } from './api.ts';

/** Exit codes. */
export const EXIT_OK = 0;
/** A request was refused, or a run did not end well. */
export const EXIT_FAILURE = 1;
/** The command line itself is wrong. */
export const EXIT_USAGE = 2;

/** An option that takes a value, or is there or not. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
}

type Options = Readonly<Record<string, Option>>;

/** What was given of the options that a command has. */
export type Values<O extends Options> = {
  readonly [Name in keyof O]?: O[Name]['type'] extends 'boolean' ? boolean : string;
};

export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** What a command works with. */
export interface CommandContext {
  readonly api: ApiClient;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Answers are printed as they came. */
  readonly json: boolean;
  /** Prints a line, or several. */
  readonly print: (text: string) => void;
  /** Prints what is no answer: progress, and what is missing. */
  readonly note: (text: string) => void;
}

export interface Command<O extends Options = Options> {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** How it is called, and what its options mean. */
  readonly help: string;
  readonly options: O;
  /** @returns the exit code */
  run(context: CommandContext, positionals: readonly string[], values: Values<O>): Promise<number>;
}

/** A command, whose values are as its options say. */
export const command = <const O extends Options>(spec: Command<O>): Command => spec as unknown as Command;

/** The command line is not as it has to be. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was asked for cannot be had; the message is for whoever asked. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** The one thing that a command is about. @throws UsageError */
export function requireOne(positionals: readonly string[], what: string): string {
  const [one, ...others] = positionals;
  if (one === undefined) throw new UsageError(`${what} is missing`);
  if (others.length > 0) throw new UsageError(`only one ${what} at a time, got ${positionals.length}`);
  return one;
}

/** For commands that are about no thing in particular. @throws UsageError */
export function requireNone(positionals: readonly string[]): void {
  if (positionals.length > 0) throw new UsageError(`does not know what to do with '${positionals.join(' ')}'`);
}

/** A number that was given as text. @throws UsageError */
export function parseWholeNumber(text: string, option: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${option} must be a whole number, got '${text}'`);
  return Number(text);
}
