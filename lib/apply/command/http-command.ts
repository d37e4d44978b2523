import { basename } from 'node:path';
import { HTTP_METHODS } from '../../../functions/api/definition/job-request.ts';
import { isReservedHeader } from '../../../functions/core/domain/reserved-headers.ts';
import { formatSecretReference } from '../../../functions/core/domain/secret.ts';
import type { CommandRequest } from './command-request.ts';
import { isCredentialName, withoutCredentialsInText } from './credentials.ts';
import { parseCurl } from './curl.ts';
import { parseSimpleCommand } from './shell-words.ts';
import { parseWget } from './wget.ts';

/** A secret that a job refers to. */
export interface NeededSecret {
  readonly name: string;
  /** Words for its value, to follow "to". */
  readonly value: string;
}

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

/**
 * Translates a command that consists of one request by curl or wget.
 *
 * @param id of the job: the start of the names of its secrets
 * @returns the reason as a string, to follow "because", if the command does something else or is not understood
 */
export function parseHttpCommand(command: string, id: string): HttpCommand | string {
  const simple = parseSimpleCommand(command);
  if (typeof simple === 'string') return simple;
  const [program = '', ...words] = simple.words;
  const name = basename(program);
  if (name !== 'curl' && name !== 'wget') return `the program is ${name}`;
  const request = name === 'curl' ? parseCurl(words) : parseWget(words);
  if (typeof request === 'string') return request;
  const { url, user, problem } = parseUrl(request.url);
  if (problem !== undefined) return problem;
  return withSecrets({ ...request, url, user: request.user ?? user }, id, simple.outputs);
}

function withSecrets(request: CommandRequest, id: string, outputs: readonly string[]): HttpCommand | string {
  const { url, method, body, fields } = request;
  if (method !== undefined && !(HTTP_METHODS as readonly string[]).includes(method)) return `the method is ${method}`;
  if (withoutCredentialsInText(url) !== url) return 'its URL holds a credential';
  if (body !== undefined && withoutCredentialsInText(body) !== body) return 'its body holds a credential';
  const secrets: NeededSecret[] = [];
  const secretFor = (header: string, value: string) => {
    const name = `${id.slice(0, 40)}.${header}`.slice(0, 64);
    secrets.push({ name, value });
    return formatSecretReference(name);
  };
  const headers: Record<string, string> = {};
  for (const [name, value] of request.headers) {
    if (isReservedHeader(name)) return `a job cannot set the header ${name}`;
    headers[name] = isCredentialName(name) ? secretHeader(name, value, secretFor) : value;
  }
  if (request.user !== undefined && headers.authorization === undefined) {
    const reference = secretFor('authorization', 'the base64 encoding of <user>:<password> of the command');
    headers.authorization = `Basic ${reference}`;
  }
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
      ...outputs.map((file) => `the output in ${file}: a run stores the response.`),
    ],
  };
}

/** Keeps the scheme of an `Authorization`. */
function secretHeader(name: string, value: string, secretFor: (header: string, value: string) => string): string {
  const [, scheme = ''] = name === 'authorization' ? (/^([A-Za-z]+ +)\S/.exec(value) ?? []) : [];
  const part = scheme === '' ? 'the value' : `what follows ${scheme.trim()} in the value`;
  return `${scheme}${secretFor(name, `${part} of the header ${name} of the command`)}`;
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
    return { url, problem: `the host ${parsed.hostname} is reached only from the machine or its network` };
  }
  if (parsed.username === '' && parsed.password === '') return { url };
  return { url: url.replace(/\/\/[^/@]*@/, '//'), user: 'given' };
}
