import type { CommandRequest } from './command-request.ts';
import { type OptionTable, readOptions } from './read-options.ts';

/** https://www.gnu.org/software/wget/manual/wget.html */
const OPTIONS: OptionTable = {
  short: {
    nv: 'no-verbose',
    O: 'output-document',
    q: 'quiet',
    S: 'server-response',
    T: 'timeout',
    t: 'tries',
    U: 'user-agent',
    v: 'verbose',
  },
  withValue: new Set([
    'body-data',
    'connect-timeout',
    'dns-timeout',
    'header',
    'http-password',
    'http-user',
    'method',
    'output-document',
    'password',
    'post-data',
    'read-timeout',
    'referer',
    'timeout',
    'tries',
    'user',
    'user-agent',
  ]),
  plain: new Set([
    'auth-no-challenge',
    'content-on-error',
    'no-cache',
    'no-check-certificate',
    'no-verbose',
    'quiet',
    'server-response',
    'spider',
    'verbose',
  ]),
};

const MAX_ATTEMPTS = 20;
const FORM = 'application/x-www-form-urlencoded';

/** @returns the reason as a string if an option is not understood */
export function parseWget(words: readonly string[]): CommandRequest | string {
  const options = readOptions(words, OPTIONS);
  if (typeof options === 'string') return options;
  const all = (...names: readonly string[]) => options.filter(({ name }) => names.includes(name));
  const last = (...names: readonly string[]) => all(...names).at(-1)?.value;
  const has = (name: string) => all(name).length > 0;

  const [url, ...others] = all('').map(({ value }) => value);
  if (url === undefined) return 'it names no URL';
  if (others.length > 0) return 'it names several URLs';
  const headers = new Map<string, string>();
  for (const { name, value } of all('header', 'user-agent', 'referer')) {
    const [, header, content = ''] = name === 'header' ? (/^([^:\s]+):\s*(.*)$/s.exec(value) ?? []) : ['', name, value];
    if (header === undefined) return 'a header is not understood';
    if (content !== '') headers.set(header.toLowerCase(), content);
  }
  const body = last('post-data', 'body-data');
  if (body !== undefined && !headers.has('content-type')) headers.set('content-type', FORM);
  const tries = last('tries');
  const attempts = tries === undefined ? undefined : Number(tries.replace(/^inf$/, '0'));
  if (attempts !== undefined && !(attempts >= 0)) return 'a number of its options is not understood';
  const user = last('user', 'http-user');
  return {
    url,
    method: last('method')?.toUpperCase() ?? (has('post-data') ? 'POST' : undefined),
    headers,
    body,
    user: user === undefined ? undefined : `${user}:${last('password', 'http-password') ?? ''}`,
    fields:
      attempts === undefined || attempts === 1
        ? {}
        : { retry: { attempts: attempts === 0 ? MAX_ATTEMPTS : Math.min(Math.floor(attempts), MAX_ATTEMPTS) } },
    notCarriedOver: [
      'wget follows redirects, a job does not: name the final URL.',
      ...(has('spider') ? ['--spider: a job sends GET instead of HEAD.'] : []),
      ...(has('no-check-certificate') ? ['--no-check-certificate: a job verifies certificates.'] : []),
      ...all('timeout', 'connect-timeout', 'read-timeout', 'dns-timeout').map(({ name }) => `--${name}`),
      ...(/^(-|\/dev\/null)$/.test(last('output-document') ?? '') || has('spider')
        ? []
        : ['the file of the response: a run stores the response.']),
    ],
  };
}
