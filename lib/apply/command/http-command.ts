import { basename } from 'node:path';
import { HTTP_METHODS } from '../../../functions/api/definition/job-request.ts';
import { isReservedHeader } from '../../../functions/core/domain/reserved-headers.ts';
import { formatSecretReference } from '../../../functions/core/domain/secret.ts';
import type { CommandRequest } from './command-request.ts';
import { isPlainHeader, mayHoldCredential } from './credentials.ts';
import { parseCurl } from './curl.ts';
import type { NeededSecret, SecretNames } from './secret-names.ts';
import { parseSimpleCommand } from './shell-words.ts';
import { parseWget } from './wget.ts';

/** A command as an `http` job, without credentials. */
export interface HttpCommand {
  readonly http: {
    readonly url: string;
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  readonly fields: Readonly<Record<string, unknown>>;
  readonly secrets: readonly NeededSecret[];
  readonly notCarriedOver: readonly string[];
}

/** @returns whether a command starts curl or wget */
export const startsHttpProgram = (command: string): boolean => /^\S*(curl|wget)(\s|$)/.test(command.trim());

/** The reasons that quote nothing of the command. */
export const CREDENTIAL_REASONS: readonly string[] = [
  'its URL may hold a credential',
  'its body may hold a credential',
];

/**
 * Translates a command that consists of one request by curl or wget. The URL and the body hold no credential; headers refer
 * to secrets unless they are known to hold none.
 *
 * @returns the reason as a string, to follow "because", if the command does something else or is not understood
 */
export function parseHttpCommand(command: string, names: SecretNames): HttpCommand | string {
  const simple = parseSimpleCommand(command);
  if (typeof simple === 'string') return simple;
  const [program = '', ...words] = simple.words;
  const name = basename(program);
  if (name !== 'curl' && name !== 'wget') return `the program is ${name}`;
  const request = name === 'curl' ? parseCurl(words) : parseWget(words);
  if (typeof request === 'string') return request;
  const { url, user, problem } = parseUrl(request.url);
  if (problem !== undefined) return problem;
  const { method, body } = request;
  const [urlReason = '', bodyReason = ''] = CREDENTIAL_REASONS;
  if (method !== undefined && !(HTTP_METHODS as readonly string[]).includes(method)) return `the method is ${method}`;
  // guard: import.credential.url
  if (mayHoldCredential(url)) return urlReason;
  // guard: import.credential.body
  if (body !== undefined && mayHoldCredential(body)) return bodyReason;
  return withSecrets({ ...request, url, user: request.user ?? user }, names, simple.outputs);
}

/** Returns the host and the path of a URL, as a part of an id. */
export const slugOf = (address: string): string =>
  address
    .replace(/^https?:\/\/(www\.)?/i, '')
    .replace(/[?#].*$/s, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 50);

function withSecrets(request: CommandRequest, names: SecretNames, outputs: readonly string[]): HttpCommand | string {
  const { url, method, body, fields } = request;
  const secrets: NeededSecret[] = [];
  const headers: Record<string, string> = {};
  const setSecret = (header: string, scheme: string, value: string, words: string) => {
    const name = names.nameOf(`${slugOf(url).slice(0, 40)}.${header}`, `${scheme}${value}`);
    secrets.push({ name, value: words });
    headers[header] = `${scheme}${formatSecretReference(name)}`;
  };
  for (const [name, value] of request.headers) {
    if (isReservedHeader(name)) return `a job cannot set the header ${name}`;
    if (isPlainHeader(name, value)) headers[name] = value;
    else {
      const [, scheme = ''] = name === 'authorization' ? (/^((?:Basic|Bearer|Token) +)\S/i.exec(value) ?? []) : [];
      const part = scheme === '' ? 'the value' : `what follows ${scheme.trim()} in the value`;
      setSecret(name, scheme, value.slice(scheme.length), `${part} of the header ${name} of the command`);
    }
  }
  if (request.user !== undefined && headers.authorization === undefined)
    setSecret('authorization', 'Basic ', request.user, 'the base64 encoding of <user>:<password> of the command');
  return {
    http: {
      url,
      ...(method !== undefined && { method }),
      ...(Object.keys(headers).length > 0 && { headers }),
      ...(body !== undefined && { body }),
    },
    fields,
    secrets,
    notCarriedOver: [
      ...request.notCarriedOver,
      ...(outputs.length > 0 ? ['the file of the output: a run stores the response.'] : []),
    ],
  };
}

/** Hosts that only the machine or its network reaches. */
const PRIVATE_HOST =
  /^(localhost|[^.]+|.*\.(local|internal|localhost|lan)|127\..*|10\..*|192\.168\..*|169\.254\..*|172\.(1[6-9]|2\d|3[01])\..*|\[.*\])$/i;

interface ParsedUrl {
  readonly url: string;
  readonly user?: string;
  readonly problem?: string;
}

/** Separates the user of a URL. */
function parseUrl(given: string): ParsedUrl {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `http://${given}`;
  const parsed = URL.parse(url);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) return { url, problem: 'its URL is not of http or https' };
  if (PRIVATE_HOST.test(parsed.hostname)) {
    return { url, problem: 'its host is reached only from the machine or its network' };
  }
  if (parsed.username === '' && parsed.password === '') return { url };
  return { url: url.replace(/\/\/[^/]*@/, '//'), user: `${parsed.username}:${parsed.password}` };
}
