import { parseArgs } from 'node:util';
import { ApiClient } from './api.ts';
import {
  type Command,
  type CommandContext,
  EXIT_FAILURE,
  EXIT_OK,
  EXIT_USAGE,
  type Output,
  UsageError,
  type Values,
} from './command.ts';
import { commands } from './commands/index.ts';
import { issueLocalToken, parseTenantOption, resolveApiUrl } from './connection.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Options of all commands. */
const COMMON = {
  url: { type: 'string' },
  token: { type: 'string' },
  tenant: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const COMMON_HELP = `Options of every command, before it or behind:
  --url <url>         where the API is (JOBDECK_URL; http://127.0.0.1:1937)
  --token <token>     a JWT or an API key (JOBDECK_TOKEN); without one, one is made for the system on this machine
  --tenant <tenant>   whose, when one is made (demo)
  --json              prints answers as they came
  -h, --help          tells how it is called`;

/**
 * Runs a command line.
 *
 * @returns the exit code: 0, 1 for a failure, 2 for an invalid command line
 */
export async function main(args: readonly string[], environment: Environment, output: Output): Promise<number> {
  const { name, rest } = split(args);
  if (name === undefined || name === 'help') {
    output.out(`${overview()}\n`);
    return name === 'help' || rest.includes('--help') || rest.includes('-h') ? EXIT_OK : EXIT_USAGE;
  }
  const command = commands.find((known) => known.name === name);
  if (!command) {
    const known = commands.map((one) => one.name).join(', ');
    output.err(`jobdeck: there is no command '${name}'; there are ${known}\n`);
    return EXIT_USAGE;
  }
  try {
    return await perform(command, rest, environment, output);
  } catch (error) {
    return explain(command, error, output);
  }
}

/** Finds the command name. Common options may precede it. */
function split(args: readonly string[]): { readonly name: string | undefined; readonly rest: readonly string[] } {
  const { tokens } = parseArgs({
    args: [...args],
    options: COMMON,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const command = tokens.find(({ kind }) => kind === 'positional');
  if (!command) return { name: undefined, rest: args };
  return { name: args[command.index], rest: [...args.slice(0, command.index), ...args.slice(command.index + 1)] };
}

async function perform(command: Command, args: readonly string[], environment: Environment, output: Output) {
  const options = { ...COMMON, ...command.options };
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help) {
    output.out(`Usage: jobdeck ${command.help}\n\n${COMMON_HELP}\n`);
    return EXIT_OK;
  }
  const url = resolveApiUrl(values.url, environment);
  const given = values.token ?? environment.JOBDECK_TOKEN;
  const tenant = parseTenantOption(values.tenant);
  const context: CommandContext = {
    api: new ApiClient(url, async () => given || issueLocalToken(url, environment, { tenant })),
    environment,
    now: Date.now,
    json: values.json ?? false,
    print: (text) => output.out(`${text}\n`),
    note: (text) => output.err(`${text}\n`),
  };
  const own = Object.entries(values).filter(([option]) => option in command.options);
  return command.run(context, positionals, Object.fromEntries(own) as Values<Command['options']>);
}

/** Prints an error in one line, without its stack. */
function explain({ name }: Command, error: unknown, { err }: Output): number {
  if (error instanceof UsageError || isOfArguments(error)) {
    err(`jobdeck ${name}: ${error.message}\nTry jobdeck ${name} --help\n`);
    return EXIT_USAGE;
  }
  err(`jobdeck ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
  return EXIT_FAILURE;
}

const isOfArguments = (error: unknown): error is Error =>
  error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}`);
  return ['Usage: jobdeck <command> [options]', '', ...lines, '', COMMON_HELP].join('\n');
}
