import { basename } from 'node:path';
import { InvalidInput } from '../../functions/core/domain/errors.ts';
import { findTimezone, parseSchedule } from '../../functions/core/domain/schedule/index.ts';
import { formatSecretReference } from '../../functions/core/domain/secret.ts';
import { truncate } from '../../functions/core/domain/text.ts';
import { isCredentialName, withoutCredentialsInText } from './command/credentials.ts';
import { hideCredentials } from './command/hide-credentials.ts';
import { type HttpCommand, type NeededSecret, parseHttpCommand, startsHttpProgram } from './command/http-command.ts';

/** A command of a crontab. */
export interface CrontabEntry {
  /** Number of its line, from 1. */
  readonly line: number;
  /** The line without credentials. */
  readonly text: string;
  /** Id of the job and name of the script, unique within the crontab. */
  readonly id: string;
  readonly name: string;
  /** `null` for `@reboot`. */
  readonly schedule: string | null;
  readonly timezone: string;
  /** The command without credentials. */
  readonly command: string;
  /** The request that the command consists of; `undefined` if it does something else or is not understood. */
  readonly request: HttpCommand | undefined;
  /** Variables that are set for the command, apart from those of cron itself. Credentials are references to secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** Secrets that `env` refers to. */
  readonly secrets: readonly NeededSecret[];
  /** Lines of the comment above the entry. */
  readonly comments: readonly string[];
  /** Sentences about the parts of the entry that a job cannot have. */
  readonly notCarriedOver: readonly string[];
}

export interface CrontabOptions {
  /** Time zone of the machine: that of entries without `CRON_TZ`. */
  readonly timezone: string;
  /** Each entry has the name of a user in front of its command, as in `/etc/crontab`. */
  readonly hasUsers: boolean;
}

export interface Crontab {
  readonly entries: readonly CrontabEntry[];
  /** Problems of the other lines: `line 3: schedule: must be …`. */
  readonly errors: readonly string[];
}

const VARIABLE = /^([A-Za-z_]\w*)\s*=\s*(.*)$/;
const ENTRY = /^(@\S+|\S+(?:\s+\S+){4})\s+(\S.*)$/;
/** Variables of cron and of the login, which mean nothing to a script. */
const CRON_VARIABLES = new Set(['PATH', 'SHELL', 'HOME', 'LOGNAME', 'USER', 'MAILFROM', 'TZ']);
/** The host and the path of a URL. */
const ADDRESS = /\bhttps?:\/\/(?:[^\s/@'"]+@)?(?:www\.)?([^\s?#'"]+)/i;
/** Words in front of the program that a command runs. */
const PREFIXES = /^(cd|env|exec|nice|nohup|sudo|time|timeout|bash|sh|test|\[|-.*|\d+|\w+=.*)$/;

/** Parses a crontab: variables, entries with five fields or `@daily`, comments and `%` in commands, as crontab(5) says. */
export function parseCrontab(text: string, { timezone, hasUsers }: CrontabOptions): Crontab {
  const entries: CrontabEntry[] = [];
  const errors: string[] = [];
  const variables = new Map<string, string>();
  const ids = new Set<string>();
  let comments: string[] = [];
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    const variable = VARIABLE.exec(line);
    if (line.startsWith('#')) {
      comments.push(line.replace(/^#+\s?/, ''));
      continue;
    }
    if (variable) variables.set(variable[1] ?? '', unquote(variable[2] ?? ''));
    else if (line !== '') {
      try {
        const entry = parseEntry(line, { variables, timezone, hasUsers });
        comments = comments.map(withoutCredentialsInText);
        entries.push(describeEntry(entry, { line: i + 1, text: line, comments, ids }));
      } catch (error) {
        if (!(error instanceof InvalidInput)) throw error;
        errors.push(`line ${i + 1}: ${error.message}`);
      }
    }
    comments = [];
  }
  return { entries, errors };
}

interface EntryPosition {
  readonly line: number;
  readonly text: string;
  readonly comments: readonly string[];
  /** Ids in use. */
  readonly ids: Set<string>;
}

function describeEntry(
  { command, raw, own, ...entry }: ReturnType<typeof parseEntry>,
  { line, text, comments, ids }: EntryPosition,
): CrontabEntry {
  const id = uniqueId(command, ids);
  const request = parseHttpCommand(command, id);
  const isRequest = typeof request !== 'string';
  const hidden = hideCredentials(command);
  return {
    ...entry,
    ...withSecrets(own),
    line,
    text: text.slice(0, -raw.length) + hideCredentials(raw),
    id,
    name: nameOf(comments, hidden),
    comments,
    command: hidden,
    request: isRequest ? request : undefined,
    notCarriedOver:
      isRequest || !startsHttpProgram(command)
        ? entry.notCarriedOver
        : [...entry.notCarriedOver, `the request as an http job, because ${request}.`],
  };
}

/** Replaces credentials by references to secrets. */
function withSecrets(variables: ReadonlyMap<string, string>): Pick<CrontabEntry, 'env' | 'secrets'> {
  const secrets = [...variables]
    .filter(([name, value]) => isCredentialName(name) && value !== '')
    .map(([name]) => name);
  const env = [...variables].map(([name, value]) => [
    name,
    secrets.includes(name) ? formatSecretReference(name.slice(0, 64)) : value,
  ]);
  return {
    env: Object.fromEntries(env) as Record<string, string>,
    secrets: secrets.map((name) => ({ name: name.slice(0, 64), value: `the variable ${name} of the crontab` })),
  };
}

interface EntryContext extends CrontabOptions {
  readonly variables: ReadonlyMap<string, string>;
}

/** @throws InvalidInput */
function parseEntry(line: string, { variables, timezone, hasUsers }: EntryContext) {
  const [, when = '', rest = ''] = ENTRY.exec(line) ?? [];
  if (rest === '')
    throw new InvalidInput(
      'entry',
      `must be five fields, or a word such as @daily, and a command, got '${hideCredentials(line)}'`,
    );
  const [, user, ofUser] = hasUsers ? (/^(\S+)\s+(\S.*)$/.exec(rest) ?? []) : [];
  if (hasUsers && ofUser === undefined)
    throw new InvalidInput('entry', `must have a user and a command, got '${hideCredentials(rest)}'`);
  const raw = ofUser ?? rest;
  const { command, input } = splitInput(raw);
  const schedule = when === '@reboot' ? null : when.replaceAll(/\s+/g, ' ');
  if (schedule !== null) parseSchedule(schedule);
  const zone = variables.get('CRON_TZ') ?? timezone;
  const known = findTimezone(zone);
  if (known === undefined)
    throw new InvalidInput('CRON_TZ', `must be an IANA name such as Europe/Berlin, got '${zone}'`);
  const mailTo = variables.get('MAILTO');
  const cron = [...variables].filter(([name]) => CRON_VARIABLES.has(name));
  const own = [...variables].filter(([name]) => !CRON_VARIABLES.has(name) && !/^(MAILTO|CRON_TZ)$/.test(name));
  return {
    schedule,
    timezone: known,
    raw,
    command,
    own: new Map(own),
    notCarriedOver: [
      ...(schedule === null ? ['@reboot: a job has no machine that starts; it runs on demand.'] : []),
      ...(user === undefined ? [] : [`User ${user}: a script has no user of the machine.`]),
      ...(input === undefined
        ? []
        : [`Standard input after %: ${JSON.stringify(withoutCredentialsInText(input))}; a script gets args and env.`]),
      ...cron.map(([name, value]) => `${name}=${withoutCredentialsInText(value)}: a variable of the machine.`),
      ...(mailTo ? [`MAILTO=${mailTo}: output is stored with the run; on_failure notifies of failures.`] : []),
    ],
  };
}

/** The first `%` that is not escaped begins the standard input, further ones are line breaks. */
function splitInput(text: string): { readonly command: string; readonly input: string | undefined } {
  const [command = '', ...input] = text.split(/(?<!\\)%/).map((part) => part.replaceAll('\\%', '%'));
  return { command: command.trim(), input: input.length > 0 ? input.join('\n') : undefined };
}

const unquote = (value: string): string => /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;

const nameOf = (comments: readonly string[], command: string): string =>
  truncate((comments.findLast((comment) => comment.trim() !== '') ?? command).trim(), 200);

/**
 * Returns an id made of the name of the program: `backup` for `cd /srv && ./backup.sh --all`. That of a request is made of
 * its host and path.
 */
function uniqueId(command: string, ids: Set<string>): string {
  const words = command.split(/&&|\|\||[;|]/).map((part) => part.trim().split(/\s+/));
  const candidates = words.filter(([first]) => first !== 'cd').flat();
  const program = candidates.find((word) => !PREFIXES.test(basename(word))) ?? 'command';
  const [, address] = /^(?:curl|wget)$/.test(basename(program)) ? (ADDRESS.exec(command) ?? []) : [];
  const stem = address ?? basename(program).replace(/\.\w+$/, '');
  const slug =
    stem
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 50) || 'command';
  let id = slug;
  for (let n = 2; ids.has(id); n++) id = `${slug}-${n}`;
  ids.add(id);
  return id;
}
