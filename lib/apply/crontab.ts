import { basename } from 'node:path';
import { InvalidInput } from '../../functions/core/domain/errors.ts';
import { findTimezone, parseSchedule } from '../../functions/core/domain/schedule/index.ts';
import { formatSecretReference } from '../../functions/core/domain/secret.ts';
import { truncate } from '../../functions/core/domain/text.ts';
import { mayHoldCredential } from './command/credentials.ts';
import {
  CREDENTIAL_REASONS,
  type HttpCommand,
  parseHttpCommand,
  slugOf,
  startsHttpProgram,
} from './command/http-command.ts';
import { type NeededSecret, SecretNames } from './command/secret-names.ts';
import { splitShellWords } from './command/shell-words.ts';
import { isReservedFileName } from './job-file-name.ts';

/** A command of a crontab. No field holds a part of a text that may hold a credential. */
export interface CrontabEntry {
  /** Number of its line, from 1. */
  readonly line: number;
  /** Sentence with the line, or with its number and its program if the line may hold a credential. */
  readonly origin: string;
  /** The command, or the number of its line if the line may hold a credential. */
  readonly work: string;
  /** Id of the job and name of the script, unique within the crontab. */
  readonly id: string;
  readonly name: string;
  /** `null` for `@reboot`. */
  readonly schedule: string | null;
  readonly timezone: string;
  /** The request that the command consists of; `undefined` if it does something else or is not understood. */
  readonly request: HttpCommand | undefined;
  /** Variables that are set for the command, apart from those of cron itself. Credentials are references to secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** Secrets that `env` refers to, or that the author adds to it. */
  readonly secrets: readonly NeededSecret[];
  /** Lines of the comment above the entry; none if the comment may hold a credential. */
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
const ADDRESS = /\bhttps?:\/\/[^\s?#'"]+/i;
/** The reason of an error, which might quote the line. */
const NO_REASON = 'is no valid entry; the reason is left out, because the line may hold a credential';
/** Words in front of the program that a command runs. */
const PREFIXES = /^(cd|env|exec|nice|nohup|sudo|time|timeout|bash|sh|test|\[|-.*|\d+|\w+=.*)$/;

/** A variable of the crontab. */
interface Variable {
  readonly value: string;
  /** Number of its line, from 1. */
  readonly line: number;
}

/** Values that entries share. */
interface CrontabScope extends CrontabOptions {
  /** Variables by name. */
  readonly variables: Map<string, Variable>;
  /** Ids in use. */
  readonly ids: Set<string>;
  readonly secretNames: SecretNames;
}

/**
 * Parses a crontab: variables, entries with five fields or `@daily`, comments and `%` in commands, as crontab(5) says. A line
 * that may hold a credential is represented by its number and its program.
 */
export function parseCrontab(source: string, options: CrontabOptions): Crontab {
  const entries: CrontabEntry[] = [];
  const errors: string[] = [];
  const scope: CrontabScope = { ...options, variables: new Map(), ids: new Set(), secretNames: new SecretNames() };
  let comments: string[] = [];
  for (const [i, raw] of source.split(/\r?\n/).entries()) {
    const text = raw.trim();
    const line = i + 1;
    const [, variable, value = ''] = VARIABLE.exec(text) ?? [];
    if (text.startsWith('#')) {
      comments.push(text.replace(/^#+\s?/, ''));
      continue;
    }
    if (variable !== undefined) scope.variables.set(variable, { value: unquote(value), line });
    else if (text !== '') {
      try {
        entries.push(describeEntry(parseEntry(text, scope), { line, text, comments }, scope));
      } catch (error) {
        if (!(error instanceof InvalidInput)) throw error;
        errors.push(`line ${line}: ${mayHoldCredential(text) ? NO_REASON : error.message}`);
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
}

function describeEntry(
  { user, command, own, ...entry }: ReturnType<typeof parseEntry>,
  { line, text, comments }: EntryPosition,
  { ids, secretNames }: CrontabScope,
): CrontabEntry {
  const parsed = parseHttpCommand(command, secretNames);
  const reason = typeof parsed === 'string' && startsHttpProgram(command) ? parsed : undefined;
  const request = typeof parsed === 'string' ? undefined : parsed;
  const isHidden = /* guard: import.credential.line */ mayHoldCredential(text) || (request?.secrets.length ?? 0) > 0;
  // A crontab without users may be read as one with users: its programs are taken for users, their arguments for programs.
  const program = isHidden && (user === undefined || user === 'root') ? findPlainProgram(command) : undefined;
  const stem = request ? slugOf(request.http.url) : isHidden ? (program ?? `line-${line}`) : stemOf(command);
  const id = uniqueId(stem, ids);
  const position = `line ${line} of the crontab`;
  const hidden = `Line ${line} of the crontab${program === undefined ? '' : `: ${program}`}`;
  const shownComments = /* guard: import.credential.comment */ mayHoldCredential(comments.join('\n')) ? [] : comments;
  const because =
    reason !== undefined && (!isHidden || CREDENTIAL_REASONS.includes(reason)) ? `, because ${reason}` : '';
  const { env, secrets } = withSecrets(own, secretNames);
  const ofLine = `the credential in ${position}, if there is one, and refer to it in env`;
  return {
    ...entry,
    line,
    origin: isHidden
      ? `${hidden}. The rest is left out, because the line may hold a credential.`
      : `Line ${line} of the crontab: ${text}`,
    work: isHidden ? position : `the command yet: ${command}`,
    id,
    name: truncate((shownComments.findLast(isTitle) ?? (isHidden ? hidden : command)).trim(), 200),
    comments: shownComments,
    request,
    env,
    secrets: isHidden
      ? [...secrets, { name: secretNames.nameOf(`${id}.credential`, position), value: ofLine }]
      : secrets,
    notCarriedOver:
      reason === undefined ? entry.notCarriedOver : [...entry.notCarriedOver, `the request as an http job${because}.`],
  };
}

/** @returns whether a line of a comment is neither empty nor a disabled entry */
const isTitle = (comment: string): boolean =>
  comment.trim() !== '' && !/^\s*(@[a-z]+\s|([\d*/,-]+\s+){2}(\S+\s+){3}\S)/.test(comment);

/** Replaces values that may be credentials by references to secrets. */
function withSecrets(
  variables: ReadonlyMap<string, Variable>,
  secretNames: SecretNames,
): Pick<CrontabEntry, 'env' | 'secrets'> {
  const env: Record<string, string> = {};
  const secrets: NeededSecret[] = [];
  for (const [name, { value, line }] of variables) {
    if (value === '' || !mayHoldCredential(`${name}=${value}`)) env[name] = value;
    else {
      const secret = secretNames.nameOf(name, value);
      env[name] = formatSecretReference(secret);
      secrets.push({ name: secret, value: `the variable ${name} in line ${line} of the crontab` });
    }
  }
  return { env, secrets };
}

/** @throws InvalidInput without the line */
function parseEntry(line: string, { variables, timezone, hasUsers }: CrontabScope) {
  const [, when = '', rest = ''] = ENTRY.exec(line) ?? [];
  if (rest === '') throw new InvalidInput('entry', 'must be five fields, or a word such as @daily, and a command');
  const [, user, ofUser] = hasUsers ? (/^([\w.:/-]+\$?)\s+(\S.*)$/.exec(rest) ?? []) : [];
  if (hasUsers && ofUser === undefined) throw new InvalidInput('entry', 'must have a user and a command');
  const { command, hasInput } = splitInput(ofUser ?? rest);
  const schedule = when === '@reboot' ? null : when.replaceAll(/\s+/g, ' ');
  if (schedule !== null) parseSchedule(schedule);
  const zone = variables.get('CRON_TZ')?.value ?? timezone;
  const known = findTimezone(zone);
  if (known === undefined)
    throw new InvalidInput(
      'CRON_TZ',
      `must be an IANA name such as Europe/Berlin${mayHoldCredential(zone) ? '' : `, got '${zone}'`}`,
    );
  const mailTo = variables.get('MAILTO')?.value;
  const cron = [...variables].filter(([name]) => CRON_VARIABLES.has(name));
  const own = [...variables].filter(([name]) => !CRON_VARIABLES.has(name) && !/^(MAILTO|CRON_TZ)$/.test(name));
  const shown = (name: string, value: string) => (mayHoldCredential(value) ? name : `${name}=${value}`);
  return {
    schedule,
    timezone: known,
    user,
    command,
    own: new Map(own),
    notCarriedOver: [
      ...(schedule === null ? ['@reboot: a job has no machine that starts; it runs on demand.'] : []),
      ...(user === undefined ? [] : ['the user: a script has no user of the machine.']),
      ...(hasInput ? ['standard input after %: a script gets args and env.'] : []),
      ...cron.map(([name, { value }]) => `${shown(name, value)}: a variable of the machine.`),
      ...(mailTo
        ? [`${shown('MAILTO', mailTo)}: output is stored with the run; on_failure notifies of failures.`]
        : []),
    ],
  };
}

/** The first `%` that is not escaped begins the standard input. */
function splitInput(text: string): { readonly command: string; readonly hasInput: boolean } {
  const [command = '', ...input] = text.split(/(?<!\\)%/);
  return { command: command.replaceAll('\\%', '%').trim(), hasInput: input.length > 0 };
}

const unquote = (value: string): string => /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;

/** Returns the program that a line with a credential starts, or `undefined` where a part of a value might be taken for one. */
function findPlainProgram(command: string): string | undefined {
  const words = splitShellWords(command) ?? [];
  const [first, , then] = words;
  const start = first?.value === 'cd' && then?.kind === 'operator' ? words.slice(3) : words;
  const assignments = start.findIndex(({ kind, value }) => kind === 'operator' || !/^\w+=/.test(value));
  const program = start[assignments];
  if (program?.kind !== 'word' || start.slice(0, assignments).some(({ hasExpansion }) => hasExpansion))
    return undefined;
  const isQuoted = program.end - program.start !== program.value.length;
  const name = basename(program.value);
  return isQuoted || !/^\w[\w.+-]*$/.test(name) || mayHoldCredential(program.value) ? undefined : name;
}

/** Returns the name of the program, or of a request its host and path: `backup` for `cd /srv && ./backup.sh --all`. */
function stemOf(command: string): string {
  const words = command.split(/&&|\|\||[;|]/).map((part) => part.trim().split(/\s+/));
  const candidates = words.filter(([first]) => first !== 'cd').flat();
  const program = candidates.find((word) => !PREFIXES.test(basename(word))) ?? 'command';
  const [address] = /^(?:curl|wget)$/.test(basename(program)) ? (ADDRESS.exec(command) ?? []) : [];
  return address ?? basename(program);
}

/** Returns an id made of a program, without its extension, or of an address. The id names a file, too. */
function uniqueId(stem: string, ids: Set<string>): string {
  const slug = slugOf(stem.includes('/') ? stem : stem.replace(/\.\w+$/, '')) || 'command';
  let id = slug;
  for (let n = 2; ids.has(id) || isReservedFileName(id); n++) id = `${slug}-${n}`;
  ids.add(id);
  return id;
}
