import type { CommandRequest } from './command-request.ts';
import { type GivenOption, type OptionTable, readOptions } from './read-options.ts';

/** https://curl.se/docs/manpage.html */
const OPTIONS: OptionTable = {
  short: {
    A: 'user-agent',
    b: 'cookie',
    d: 'data',
    e: 'referer',
    f: 'fail',
    G: 'get',
    g: 'globoff',
    H: 'header',
    i: 'include',
    k: 'insecure',
    L: 'location',
    m: 'max-time',
    N: 'no-buffer',
    o: 'output',
    q: 'disable',
    S: 'show-error',
    s: 'silent',
    u: 'user',
    v: 'verbose',
    w: 'write-out',
    X: 'request',
    '4': 'ipv4',
    '#': 'progress-bar',
  },
  withValue: new Set([
    'connect-timeout',
    'cookie',
    'data',
    'data-ascii',
    'data-binary',
    'data-raw',
    'data-urlencode',
    'header',
    'json',
    'max-time',
    'oauth2-bearer',
    'output',
    'referer',
    'request',
    'retry',
    'retry-delay',
    'retry-max-time',
    'url',
    'user',
    'user-agent',
    'write-out',
  ]),
  plain: new Set([
    'basic',
    'compressed',
    'disable',
    'fail',
    'fail-with-body',
    'get',
    'globoff',
    'http1.1',
    'http2',
    'include',
    'insecure',
    'ipv4',
    'location',
    'no-buffer',
    'no-progress-meter',
    'progress-bar',
    'retry-all-errors',
    'retry-connrefused',
    'show-error',
    'silent',
    'verbose',
  ]),
};

const MAX_ATTEMPTS = 20;
const FORM = 'application/x-www-form-urlencoded';

/** @returns the reason as a string if an option is not understood */
export function parseCurl(words: readonly string[]): CommandRequest | string {
  const options = readOptions(words, OPTIONS);
  if (typeof options === 'string') return options;
  const all = (...names: readonly string[]) => options.filter(({ name }) => names.includes(name));
  const last = (name: string) => all(name).at(-1)?.value;
  const has = (...names: readonly string[]) => all(...names).length > 0;

  const [url, ...others] = all('', 'url').map(({ value }) => value);
  if (url === undefined) return 'it names no URL';
  if (others.length > 0) return 'it names several URLs';
  if (!has('globoff') && /[[\]{}]/.test(url)) return 'its URL stands for several ones';
  const data = readData(all('data', 'data-ascii', 'data-binary', 'data-raw', 'data-urlencode', 'json'));
  if (data === undefined) return 'it reads a file';
  const headers = readHeaders(options);
  if (typeof headers === 'string') return headers;
  const isQuery = has('get') && data !== '';
  const hasBody = has('data', 'data-ascii', 'data-binary', 'data-raw', 'data-urlencode', 'json') && !has('get');
  if (hasBody && !headers.has('content-type')) headers.set('content-type', has('json') ? 'application/json' : FORM);
  if (has('json') && !headers.has('accept')) headers.set('accept', 'application/json');
  const fields = readFields(last('max-time'), last('retry'), last('retry-delay'));
  if (fields === undefined) return 'a number of its options is not understood';
  return {
    url: isQuery ? `${url}${url.includes('?') ? '&' : '?'}${data}` : url,
    method: last('request')?.toUpperCase() ?? (hasBody ? 'POST' : undefined),
    headers,
    body: hasBody ? data : undefined,
    user: last('user'),
    fields,
    notCarriedOver: [
      ...(has('fail', 'fail-with-body') ? [] : ['any status is a success: the job fails unless the status is 2xx.']),
      ...(has('location') ? ['--location: a job follows no redirect; name the final URL.'] : []),
      ...(has('insecure') ? ['--insecure: a job verifies certificates.'] : []),
      ...all('connect-timeout', 'retry-max-time').map(({ name }) => `--${name}`),
      ...all('output', 'write-out')
        .filter(({ value }) => value !== '/dev/null' && value !== '-')
        .map(({ name }) => `--${name}: a run stores the response.`),
    ],
  };
}

/** @returns the body or the query; `undefined` if a file holds it */
function readData(options: readonly GivenOption[]): string | undefined {
  const parts: string[] = [];
  for (const { name, value } of options) {
    const [, field = '', content = value] = name === 'data-urlencode' ? (/^([^=@]*)=(.*)$/s.exec(value) ?? []) : [];
    const isFile = name === 'data-urlencode' ? /^[^=]*@/.test(value) : name !== 'data-raw' && value.startsWith('@');
    if (isFile) return undefined;
    const encoded = name === 'data-urlencode' ? `${field}${field && '='}${percentEncode(content)}` : content;
    parts.push((name === 'json' || parts.length === 0 ? '' : '&') + encoded);
  }
  return parts.join('');
}

const percentEncode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** @returns the headers by name in lower case, or the reason as a string */
function readHeaders(options: readonly GivenOption[]): Map<string, string> | string {
  const headers = new Map<string, string>();
  for (const { name, value } of options) {
    if (name === 'user-agent' || name === 'referer') headers.set(name, value);
    else if (name === 'oauth2-bearer') headers.set('authorization', `Bearer ${value}`);
    else if (name === 'cookie') {
      if (!value.includes('=')) return 'it reads cookies from a file';
      headers.set('cookie', value);
    } else if (name === 'header') {
      const [, header, content = ''] = /^([^:;\s]+)\s*[:;]\s*(.*)$/s.exec(value) ?? [];
      if (header === undefined) return 'a header is not understood';
      if (headers.has(header.toLowerCase())) return 'a header is given twice';
      // `Accept:` removes a header that curl would send.
      if (content !== '' || value.endsWith(';')) headers.set(header.toLowerCase(), content);
    }
  }
  return headers;
}

/** @returns fields of the job; `undefined` if a number is not understood */
function readFields(maxTime?: string, retry?: string, retryDelay?: string): Record<string, unknown> | undefined {
  const numbers = [maxTime, retry, retryDelay].map((text) => (text === undefined ? undefined : Number(text)));
  if (numbers.some((number) => number !== undefined && !(number >= 0))) return undefined;
  const [seconds, retries, delay] = numbers;
  return {
    ...(seconds !== undefined && seconds > 0 && { timeout_ms: Math.min(Math.max(Math.ceil(seconds), 1), 840) * 1_000 }),
    ...(retries !== undefined &&
      retries > 0 && {
        retry: {
          attempts: Math.min(Math.floor(retries) + 1, MAX_ATTEMPTS),
          ...(delay !== undefined && delay > 0 && { backoff: 'fixed', delay_seconds: Math.ceil(delay) }),
        },
      }),
  };
}
